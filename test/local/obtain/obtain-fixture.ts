import type { FixtureName } from './fixture.ts';
import { toolboxIn } from './fixture.ts';

// A process of its own that obtains one fixture tool: `obtain-fixture.ts <fixture folder> <tool>`.
// Standard error tells what it does, standard output the path in the end.

const [folder = '', name = ''] = process.argv.slice(2);
const say = (text = ''): void => void process.stderr.write(`${text}\n`);
const progress = { start: say, update: say, done: say, fail: say };
process.stdout.write(await toolboxIn(folder).obtain(name as FixtureName, { progress }));
