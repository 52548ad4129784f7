import { destination, pino, stdSerializers } from 'pino';
import { createGitHub } from '../activities/github/clients.ts';
import { createCommands } from '../activities/github/commands.ts';
import { createIdentity } from '../activities/github/identity.ts';
import { readGitHubLogin } from '../activities/github/login.ts';
import { createRepositories } from '../activities/github/repositories.ts';
import { readPlatformConfig } from './cli/local-config.ts';
import { ClientError, exitCodes } from './exit-codes.ts';
import type { Gateway } from './gateway/gateway.ts';
import { startGateway } from './gateway/gateway.ts';
import { readGatewaySettings } from './gateway/settings.ts';
import type { GatewayTemporal } from './gateway/temporal.ts';
import { openTemporal } from './gateway/temporal.ts';
import { createPreviewClient } from './preview-client.ts';

/*
 * The gateway's process. SIGTERM or SIGINT lets what runs end, and then it ends with 0; a second one ends it at once.
 * What it must not start with is told line by line; then it ends with 2, as the command line does.
 */
const problems: string[] = [];
const settings = readGatewaySettings(process.env, problems);
const login = readGitHubLogin(process.env, problems);
const logger = pino(
  {
    level: settings.logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: stdSerializers.err },
  },
  // written at once: the last line before an end matters most
  destination({ dest: 1, sync: true }),
);

/** GitHub waits 10 s for an answer, and one of ours needs several of its own. */
const gitHubTimeoutMs = 5_000;
const temporalDeadlineMs = 5_000;
/** Less than the 30 s that Kubernetes leaves a pod by default. */
const graceMs = 25_000;

try {
  if (problems.length > 0) end(problems);
  const temporal = openTemporal(process.env);
  const gateway = await start(temporal);
  logger.info({ port: gateway.port }, 'gateway is listening');
  await stopped();
  await gateway.close(graceMs);
  await temporal.close();
  logger.info('gateway has ended');
  process.exit(exitCodes.ok);
} catch (error) {
  if (error instanceof ClientError) end([error.message]);
  else if ((error as NodeJS.ErrnoException).syscall === 'listen') end([(error as Error).message]);
  else {
    logger.error({ error }, 'gateway failed');
    process.exit(exitCodes.bug);
  }
}

async function start(temporal: GatewayTemporal): Promise<Gateway> {
  const { address, platformFile, webhookSecret, ci, gitHubApiUrl, gitHubUrl, taskQueue } = settings;
  const platform = await readPlatformConfig(platformFile);
  if (!platform.ok) {
    const reasons = platform.problems.map(({ where, message }) => `${where ?? platformFile}: ${message}`);
    throw new ClientError('usage', reasons.join('\n'));
  }
  const octokit = createGitHub({ ...login, baseUrl: gitHubApiUrl, timeoutMs: gitHubTimeoutMs });
  const identity = createIdentity(octokit);
  return await startGateway({
    address,
    webhookSecret,
    ci,
    repositories: platform.value.repositories,
    previews: createPreviewClient({
      client: temporal.client,
      place: temporal.place,
      deadlineMs: temporalDeadlineMs,
      gitHubUrl,
      ...(taskQueue === null ? {} : { taskQueue }),
    }),
    gitHub: { ...createCommands({ octokit, identity }), ...createRepositories(octokit) },
    isReady: async () => await temporal.isReachable(),
    logger,
  });
}

/** Resolves at the first signal. */
async function stopped(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (stopping) process.exit(signal === 'SIGTERM' ? 143 : 130);
      stopping = true;
      logger.info({ signal }, 'gateway is ending');
      resolve();
    });
  await promise;
}

function end(reasons: readonly string[]): never {
  for (const reason of reasons.flatMap((text) => text.split('\n')))
    logger.error(`gateway does not start: ${reason}`);
  process.exit(exitCodes.usage);
}
