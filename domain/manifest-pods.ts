import type { Problem } from './failures.ts';
import type { Plan } from './plan.ts';
import { parseMilli, parseUnits } from './quantity.ts';
import type { Data, ManifestObject } from './manifest-object.ts';
import { dig, listOf, mapOf, refuse, show } from './manifest-object.ts';

/** Where each kind of workload keeps its pods' specification. */
const podPaths: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** The specification of a workload's pods; null for what is no workload. */
export function podSpec(object: ManifestObject): Data | null {
  const path = podPaths[object.kind ?? ''];
  return path ? mapOf(dig(object, ...path)) : null;
}

/** Containers that run besides each other, and those that run before them. */
export function containersOf(pod: Data): { readonly app: readonly Data[]; readonly init: readonly Data[] } {
  return { app: listOf(pod['containers']), init: listOf(pod['initContainers']) };
}

/** What a pod of a preview must not ask for. `accounts` are the service accounts that the charts themselves make. */
export function podProblems(
  object: ManifestObject,
  { plan, accounts }: { readonly plan: Plan; readonly accounts: readonly string[] },
): Problem[] {
  const pod = podSpec(object);
  if (!pod) return [];
  const { app, init } = containersOf(pod);
  const messages = [
    ...accountMessages(pod, accounts),
    ...hostMessages(pod),
    ...volumeMessages(pod),
    ...[...init, ...app].flatMap((container) => [
      ...privilegeMessages(container),
      ...limitMessages(container, plan),
    ]),
    ...strategyMessages(object),
  ];
  return messages.map((message) => refuse(object, message));
}

function accountMessages(pod: Data, accounts: readonly string[]): string[] {
  const names = [pod['serviceAccountName'], pod['serviceAccount']].filter(
    (name) => name !== undefined && name !== null && name !== '',
  );
  const foreign = names.find((name) => name !== 'default' && !accounts.includes(String(name)));
  if (foreign === undefined) return [];
  return [
    `Its pods name the service account ${show(foreign)}; a preview's pods may use \`default\` or one that a chart of the preview makes.`,
  ];
}

function hostMessages(pod: Data): string[] {
  const messages = ['hostNetwork', 'hostPID', 'hostIPC'].flatMap((key) =>
    pod[key] === true ? [`Its pods ask for \`${key}\`, which gives them the node's.`] : [],
  );
  if (typeof pod['nodeName'] === 'string')
    messages.push('Its pods name a node (`nodeName`), past the scheduler.');
  if (String(pod['priorityClassName']).startsWith('system-'))
    messages.push(`Its pods have the priority ${show(pod['priorityClassName'])}, which is the system's.`);
  return messages;
}

/** Volumes of the Pod Security Standard "restricted": others are mounted by the node, past every network policy. */
const allowedVolumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/** What would give a pod the node's files or reach, or a token for the cluster. */
function volumeMessages(pod: Data): string[] {
  const volumes = listOf(pod['volumes']);
  const foreign = volumes.flatMap((volume) => {
    const kinds = Object.keys(volume).filter((key) => key !== 'name' && !allowedVolumes.includes(key));
    return kinds.map((kind) =>
      kind === 'hostPath'
        ? `Its volume ${show(volume['name'])} is a \`hostPath\`, which shows the node's files.`
        : `Its volume ${show(volume['name'])} is of kind \`${kind}\`; a preview may use ${allowedVolumes.join(', ')}.`,
    );
  });
  const projected = volumes.flatMap((volume) => listOf(dig(volume, 'projected', 'sources')));
  const token =
    pod['automountServiceAccountToken'] === true ||
    projected.some((source) => 'serviceAccountToken' in source || 'podCertificate' in source);
  return token
    ? [...foreign, "Its pods ask for a service account's token; a preview's pods get none."]
    : foreign;
}

/** Capabilities that the Pod Security Standard "baseline" lets a container add. */
const baselineCapabilities = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

function privilegeMessages(container: Data): string[] {
  const name = `Its container ${show(container['name'])}`;
  const messages: string[] = [];
  const security = mapOf(container['securityContext']);
  if (security['privileged'] === true) messages.push(`${name} is \`privileged\`.`);
  const added = dig(security, 'capabilities', 'add');
  const strange = Array.isArray(added)
    ? added.filter((capability) => !baselineCapabilities.includes(String(capability)))
    : [];
  if (strange.length > 0) messages.push(`${name} adds the capabilities ${strange.map(show).join(', ')}.`);
  const ports = listOf(container['ports']).filter(
    (port) => typeof port['hostPort'] === 'number' && port['hostPort'] > 0,
  );
  if (ports.length > 0) messages.push(`${name} takes a port of the node (\`hostPort\`).`);
  return messages;
}

/** A request above the limit, given or by default, makes a pod that Kubernetes refuses. */
function limitMessages(container: Data, { limitRange }: Plan): string[] {
  const dimensions = [
    { key: 'cpu', parse: parseMilli, limit: limitRange.limitCpu },
    { key: 'memory', parse: parseUnits, limit: limitRange.limitMemory },
  ];
  return dimensions.flatMap(({ key, parse, limit }) => {
    const request = dig(container, 'resources', 'requests', key);
    const own = dig(container, 'resources', 'limits', key);
    if (!isQuantity(request)) return [];
    const most = isQuantity(own) ? own : limit;
    if ((parse(request) ?? 0) <= (parse(most) ?? Infinity)) return [];
    const source = isQuantity(own) ? 'its limit' : "the platform's default limit";
    return [
      `Its container ${show(container['name'])} requests ${key} ${show(request)}, more than ${source} ${show(most)}. Set \`resources.limits.${key}\`.`,
    ];
  });
}

/** Updates that would leave old pods running, so that readiness never comes. */
function strategyMessages(object: ManifestObject): string[] {
  const { kind } = object;
  if (kind === 'Deployment' && dig(object, 'spec', 'paused') === true)
    return ['It is `paused`: an update would never reach its pods.'];
  if (kind !== 'StatefulSet') return [];
  const strategy = mapOf(dig(object, 'spec', 'updateStrategy'));
  if (strategy['type'] === 'OnDelete')
    return ['Its update strategy is `OnDelete`: an update would never reach its pods. Use `RollingUpdate`.'];
  const partition = dig(strategy, 'rollingUpdate', 'partition');
  if (typeof partition === 'number' && partition > 0)
    return [
      `Its update strategy has \`partition: ${partition}\`: an update would not reach all pods. Use 0.`,
    ];
  return [];
}

function isQuantity(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
