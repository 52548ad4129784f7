import type { Address, LogLevel } from '../../config/environment.ts';
import { readEnvironment } from '../../config/environment.ts';
import { audienceOf } from '../events/wire.ts';

/**
 * What the gateway's environment says; secrets included. Temporal's own variables are read by `connect.ts`, the login at
 * GitHub by `client/gateway.ts`.
 */
export interface GatewaySettings {
  /** `PREVIEW_GATEWAY_ADDRESS`: where it listens. Default `127.0.0.1:8080`. */
  readonly address: Address;
  /** `PREVIEW_PLATFORM_CONFIG`: the operator's file, for its `repositories`. */
  readonly platformFile: string;
  /** `GITHUB_WEBHOOK_SECRET`; null: no webhooks are taken. */
  readonly webhookSecret: string | null;
  /** What CI's tokens must be, and whose; null without `PREVIEW_GATEWAY_URL`: nothing is taken from CI. */
  readonly ci: CiSettings | null;
  /** `GITHUB_API_URL`. Default `https://api.github.com`. */
  readonly gitHubApiUrl: string;
  /** `GITHUB_SERVER_URL`, for links in Temporal Web UI. Default `https://github.com`. */
  readonly gitHubUrl: string;
  /** `PREVIEW_TASK_QUEUE`; null: the workflows' own. */
  readonly taskQueue: string | null;
  /** `PREVIEW_LOG_LEVEL`. Default `info`. */
  readonly logLevel: LogLevel;
}

export interface CiSettings {
  /** `PREVIEW_GATEWAY_URL`: the address under which CI knows the gateway, for which its tokens are made. */
  readonly audience: string;
  /** `PREVIEW_OIDC_ISSUER`. Default `https://token.actions.githubusercontent.com`. */
  readonly issuer: string;
  /** `PREVIEW_GATEWAY_WORKFLOWS`: paths of workflow files that may speak, by commas; null: every one. */
  readonly workflowFiles: readonly string[] | null;
}

/** Reads the environment. @param problems gets everything that is wrong; the answer is of use only if it gets nothing. */
export function readGatewaySettings(env: NodeJS.ProcessEnv, problems: string[]): GatewaySettings {
  const { required, url, address, logLevel, taskQueue } = readEnvironment(env, problems);
  const publicUrl = url('PREVIEW_GATEWAY_URL', null);
  const issuer = url('PREVIEW_OIDC_ISSUER', 'https://token.actions.githubusercontent.com');
  const workflowFiles = readWorkflowFiles(env['PREVIEW_GATEWAY_WORKFLOWS'], problems);
  const value: GatewaySettings = {
    address: address('PREVIEW_GATEWAY_ADDRESS', '127.0.0.1:8080'),
    platformFile: required('PREVIEW_PLATFORM_CONFIG', 'the path of the platform config'),
    webhookSecret: env['GITHUB_WEBHOOK_SECRET'] || null,
    ci: publicUrl === null ? null : { audience: audienceOf(publicUrl), issuer, workflowFiles },
    gitHubApiUrl: url('GITHUB_API_URL', 'https://api.github.com'),
    gitHubUrl: url('GITHUB_SERVER_URL', 'https://github.com'),
    taskQueue: taskQueue('PREVIEW_TASK_QUEUE'),
    logLevel: logLevel('PREVIEW_LOG_LEVEL'),
  };
  const { webhookSecret } = value;
  if (webhookSecret === null && publicUrl === null)
    problems.push(
      'neither GITHUB_WEBHOOK_SECRET nor PREVIEW_GATEWAY_URL is set: the first takes webhooks, the second what CI sends',
    );
  if (webhookSecret !== null && webhookSecret.length < shortestSecret)
    problems.push(
      `GITHUB_WEBHOOK_SECRET must be random and at least ${shortestSecret} characters long: openssl rand -hex 32`,
    );
  return value;
}

const shortestSecret = 16;

function readWorkflowFiles(text: string | undefined, problems: string[]): readonly string[] | null {
  if (!text) return null;
  const files = text.split(',').map((file) => file.trim());
  for (const file of files)
    if (!/^\.github\/workflows\/[^/\s@]+\.ya?ml$/.test(file))
      problems.push(
        `PREVIEW_GATEWAY_WORKFLOWS must be paths such as .github/workflows/preview.yaml, by commas, not "${file}"`,
      );
  return files;
}
