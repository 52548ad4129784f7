import { conclude } from '../counts.ts';
import { runConformance } from './check.ts';

/* `npm run conformance`. The last line is always `N passed, N failed`. */
conclude(await runConformance());
