import { prepareExampleImages } from '../images/index.ts';
import { plainProgress } from '../progress.ts';

/* Run while the container image of the example is built: what its containers need later is in it then. */
await prepareExampleImages({ progress: plainProgress('example') });
