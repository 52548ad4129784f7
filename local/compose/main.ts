import { runExample } from '../example/command.ts';
import { readSurroundings } from './surroundings.ts';

/*
 * `docker compose run --rm example [open | push | close] [number]`: who pushes to the example application, and its CI,
 * where there is no GitHub. `surroundings.ts` has the variables that it reads.
 */
await runExample(() => readSurroundings(process.env));
