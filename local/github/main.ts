import { parseArgs } from 'node:util';
import { stackAddresses } from '../addresses.ts';
import { startGitHub } from './server.ts';

/*
 * The stand-in as a process: `node local/github/main.ts --state <file> [--port 28080] [--host 127.0.0.1] [--url <url>]`.
 * The URL is where people read its pages, if that is elsewhere than where it listens.
 * The robot's token comes from GITHUB_STAND_IN_TOKEN, else from the state; `GET /_control` tells it.
 * Prints its URL when it is ready; ends with 0 on SIGTERM or SIGINT.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: String(stackAddresses().ports.github) },
    host: { type: 'string', default: '127.0.0.1' },
    url: { type: 'string' },
    state: { type: 'string' },
  },
});
const token = process.env['GITHUB_STAND_IN_TOKEN'];

try {
  const github = await startGitHub({
    port: Number(values.port),
    host: values.host,
    ...(values.url === undefined ? {} : { publicUrl: values.url }),
    ...(values.state === undefined ? {} : { stateFile: values.state }),
    ...(token === undefined || token === '' ? {} : { token }),
  });
  console.log(github.url);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void github.close().then(() => process.exit(0));
    });
  }
} catch (error) {
  console.error(`GitHub stand-in: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
