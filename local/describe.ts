import type { Stack, StackStatus } from './stack.ts';

/** The parts of a stack for a person, one line each. Passwords and tokens are not shown; the JSON has them. */
export function describeStack(stack: Stack): string {
  const { temporal, postgres, registry, cluster, ingress, github } = stack;
  const lines: [string, string][] = [];
  if (temporal)
    lines.push(['Temporal', `${temporal.address}${temporal.uiUrl && `, Web UI ${temporal.uiUrl}`}`]);
  if (postgres) lines.push(['Postgres', withoutPassword(postgres.adminUrl)]);
  if (registry) lines.push(['Registry', registry.address]);
  if (cluster) lines.push(['Kubernetes', `export KUBECONFIG=${cluster.adminKubeconfig}`]);
  if (ingress)
    lines.push([
      'Ingress',
      `http port ${ingress.httpPort}, https port ${ingress.httpsPort}, authority ${ingress.caFile}`,
    ]);
  if (github) lines.push(['GitHub', github.url]);
  return lines.map(([name, where]) => `${name.padEnd(12)}${where}`).join('\n');
}

/** What runs, for a person: a line for each process, and what died. */
export function describeStatus(status: StackStatus | undefined): string {
  if (!status) return 'The stack is down.';
  const processes = status.processes.map(
    ({ part, name, pid, alive }) =>
      `${part.padEnd(12)}${name.padEnd(26)}${alive ? pid : 'died; "npm run stack -- up" starts it again'}`,
  );
  const head = `Up since ${status.since}, started from ${status.checkout}`;
  return [head, ...processes, '', describeStack(status.stack)].join('\n');
}

function withoutPassword(url: string): string {
  return url.replace(/:[^:@/]+@/, ':…@');
}
