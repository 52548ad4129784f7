import { stackStatus } from '../stack.ts';
import { runExample } from './command.ts';

/* `npm run example -- [open | push | close] [number]`: the same person and CI on the local stack, after `npm run demo -- --keep`. */
await runExample(async () => {
  const { github, registry, temporal } = (await stackStatus())?.stack ?? {};
  if (github && registry && temporal) return { github, registry, temporal };
  throw new Error('the local stack does not run: start it by "npm run demo -- --keep"');
});
