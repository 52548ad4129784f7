import { describe, expect, it } from 'vitest';
import { readGatewaySettings } from '../../../client/gateway/settings.ts';

/** What was read, or what is wrong with it. */
function read(env: NodeJS.ProcessEnv): unknown {
  const problems: string[] = [];
  const settings = readGatewaySettings(env, problems);
  return problems.length === 0 ? settings : problems;
}

const needed = {
  PREVIEW_PLATFORM_CONFIG: '/etc/platform.yaml',
  GITHUB_WEBHOOK_SECRET: 'a-secret-of-the-tests',
};

describe('the environment of the gateway', () => {
  it('has defaults: loopback, GitHub itself, and nothing from CI', () => {
    expect(read(needed)).toEqual({
      address: { host: '127.0.0.1', port: 8080 },
      platformFile: '/etc/platform.yaml',
      webhookSecret: 'a-secret-of-the-tests',
      ci: null,
      gitHubApiUrl: 'https://api.github.com',
      gitHubUrl: 'https://github.com',
      taskQueue: null,
      logLevel: 'info',
    });
  });

  it('takes from CI what is made for its public address', () => {
    const settings = read({
      ...needed,
      GITHUB_WEBHOOK_SECRET: '',
      PREVIEW_GATEWAY_ADDRESS: '[::]:9000',
      PREVIEW_GATEWAY_URL: 'https://previews.example.com/',
      PREVIEW_GATEWAY_WORKFLOWS: '.github/workflows/preview.yaml, .github/workflows/build.yml',
      PREVIEW_OIDC_ISSUER: 'https://github.example.com/_services/token',
    });
    expect(settings).toMatchObject({
      address: { host: '::', port: 9000 },
      webhookSecret: null,
      ci: {
        audience: 'https://previews.example.com',
        issuer: 'https://github.example.com/_services/token',
        workflowFiles: ['.github/workflows/preview.yaml', '.github/workflows/build.yml'],
      },
    });
  });

  it('is refused with every problem at once, and without the secret', () => {
    const problems = read({
      GITHUB_WEBHOOK_SECRET: 'too-short',
      PREVIEW_GATEWAY_ADDRESS: '8080',
      PREVIEW_GATEWAY_URL: 'previews.example.com',
      PREVIEW_GATEWAY_WORKFLOWS: 'preview.yaml',
      PREVIEW_TASK_QUEUE: 'a "queue"',
      PREVIEW_LOG_LEVEL: 'loud',
    });
    expect(problems).toEqual([
      'PREVIEW_GATEWAY_URL must be a URL, not "previews.example.com"',
      'PREVIEW_GATEWAY_WORKFLOWS must be paths such as .github/workflows/preview.yaml, by commas, not "preview.yaml"',
      'PREVIEW_GATEWAY_ADDRESS must be host:port such as 127.0.0.1:8080, not "8080"',
      'PREVIEW_PLATFORM_CONFIG is not set: the path of the platform config',
      'PREVIEW_TASK_QUEUE must be a name without " and \\, not a "queue": Temporal cannot list workflows by those',
      'PREVIEW_LOG_LEVEL must be one of trace, debug, info, warn, error, not "loud"',
      'GITHUB_WEBHOOK_SECRET must be random and at least 16 characters long: openssl rand -hex 32',
    ]);
  });

  it('must say where anything comes from', () => {
    expect(read({ ...needed, GITHUB_WEBHOOK_SECRET: undefined })).toEqual([
      expect.stringMatching(/^neither GITHUB_WEBHOOK_SECRET nor PREVIEW_GATEWAY_URL is set/),
    ]);
  });
});
