import { failure } from '../failure.ts';
import type { Rendering, Upgrade } from './helm.ts';
import type { ReleaseName } from './releases.ts';

/** Arguments that render without a cluster. */
export function templateArguments({ release, namespace, chart }: Rendering): string[] {
  const target = ['template', releaseName(release), chart.path, '--namespace', namespace];
  return [...target, '--values', '-', '--skip-tests', '--skip-crds'];
}

/** Arguments of an upgrade that does not wait. */
export function upgradeArguments({ release, namespace, chart, timeoutMs, description }: Upgrade): string[] {
  const target = [
    'upgrade',
    releaseName(release),
    chart.path,
    '--install',
    '--namespace',
    namespace,
    '--values',
    '-',
  ];
  const history = ['--reset-values', '--history-max', '3', '--description', description];
  // A preview may create nothing outside its namespace, so CRDs are the operator's.
  const manner = ['--force-conflicts', '--skip-crds', '--hide-notes'];
  // The server validates what is applied, and has tried it before; Helm would fetch and parse all schemas for it.
  const validation = ['--disable-openapi-validation'];
  const time = ['--timeout', `${Math.ceil(timeoutMs / 1000)}s`];
  return [...target, ...history, ...manner, ...validation, ...time];
}

/** Arguments that take a release away, whatever state it is in. */
export function uninstallArguments({ namespace, release }: ReleaseName): string[] {
  return ['uninstall', releaseName(release), '--namespace', namespace, '--ignore-not-found', '--no-hooks'];
}

/**
 * JSON is YAML that needs no quoting rules. The newline at the end matters: without it, Helm before 4.3 silently
 * drops a document whose length is a multiple of 4096 bytes. Characters that YAML forbids raw are escaped.
 */
export function valuesInput({ values }: Rendering): string {
  const json = JSON.stringify(values).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${json}\n`;
}

/** A name beginning with a dash would be an option of Helm. */
function releaseName(name: string): string {
  if (name.length <= 53 && /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/.test(name)) return name;
  const wanted = 'at most 53 lower-case letters, digits, dots and dashes';
  throw failure(
    'InvalidPreviewConfig',
    `${JSON.stringify(name)} can be no Helm release: ${wanted} are wanted.`,
  );
}
