import { parseArgs } from 'node:util';
import { plainProgress } from '../local/progress.ts';
import { ensureStack, stackStatus, stopStack } from '../local/stack.ts';
import { parallelHelm, serialHelm } from './deploy/helm.ts';
import { deployByUs } from './deploy/ours.ts';

/*
 * `npm run bench:deploy [-- --json]`: on one cluster, in one run: our deploy from push to verified, the same four
 * charts by serial `helm upgrade --install --wait`, and by bare parallel `helm upgrade` plus one wait. The last line
 * is one JSON object; without --json a line for people stands before it.
 */
const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const number = 9001;
const before = await stackStatus();
const parts = ['temporal', 'postgres', 'registry', 'cluster', 'ingress', 'github'] as const;
const stack = await ensureStack({ parts, progressOf: (name) => plainProgress(name) });
try {
  const ours = await deployByUs(stack, number);
  const serial = await serialHelm(stack, ours.image);
  const parallel = await parallelHelm(stack, ours.image);
  const slowest = Math.max(...serial.each);
  const result = {
    ours_s: round(ours.seconds),
    serial_s: round(serial.seconds),
    parallel_s: round(parallel.seconds),
    serial_over_ours: round(serial.seconds / ours.seconds),
    ours_minus_slowest_s: round(ours.seconds - slowest),
    events: ours.events,
  };
  if (!values.json)
    console.log(
      `ours ${result.ours_s} s, serial helm --wait ${result.serial_s} s (${result.serial_over_ours} times ours), bare parallel helm ${result.parallel_s} s`,
    );
  console.log(JSON.stringify(result));
} finally {
  if (before === undefined) await stopStack({ progress: plainProgress('stack') });
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
