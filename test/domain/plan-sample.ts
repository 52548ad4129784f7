import type { PinnedImage, Plan, PlannedService } from '../../domain/plan.ts';

export const digest = `sha256:${'a'.repeat(64)}`;

const image: PinnedImage = {
  repository: 'ghcr.io/example/ui',
  tag: 'pr-7',
  digest,
  digests: [digest],
};

const ui: PlannedService = {
  name: 'ui',
  release: 'preview-7-ui',
  chart: { kind: 'path', path: 'helm/ui' },
  values: {},
  images: { main: image },
  host: 'pr-7.sandbox.example.com',
  url: 'https://pr-7.sandbox.example.com',
  needs: [],
  needsDatabase: false,
  timeoutMs: 300_000,
  probe: null,
  version: null,
};

/** The plan of pull request 7 with one service. */
export function samplePlan(changes: Partial<Plan> = {}): Plan {
  return {
    hash: 'h',
    inputs: {
      pullRequest: { owner: 'example', repository: 'videocall', number: 7 },
      repositoryId: 4711,
      pr: { number: 7, author: 'someone', branch: 'topic', draft: false },
      outsider: false,
      commit: 'c'.repeat(40),
      configCommit: 'd'.repeat(40),
      images: { ui: { main: image } },
      place: null,
    },
    names: {
      namespace: 'preview-7',
      database: 'preview_7',
      hosts: { ui: 'pr-7.sandbox.example.com', api: 'pr-7-api.sandbox.example.com' },
      urls: { ui: 'https://pr-7.sandbox.example.com', api: 'https://pr-7-api.sandbox.example.com' },
    },
    owner: {
      platform: 'pr-preview',
      repositoryId: 4711,
      owner: 'example',
      repository: 'videocall',
      number: 7,
    },
    services: [ui],
    database: {
      name: 'preview_7',
      secret: { name: 'database', key: 'url' },
      host: 'db',
      port: 5432,
      parameters: {},
      connectionLimit: 10,
      template: null,
    },
    secrets: [{ kind: 'generate', name: 'jwt-secret', keys: { secret: { bytes: 32 } } }],
    pullSecrets: [{ from: { namespace: 'infra', name: 'ghcr' }, name: 'pull-ghcr-io' }],
    tlsSecret: { from: { namespace: 'infra', name: 'wildcard-tls' }, name: 'wildcard-tls' },
    quota: { requestsCpu: '500m', requestsMemory: '1Gi', limitsCpu: '1000m', limitsMemory: '2Gi', pods: 10 },
    limitRange: { requestCpu: '20m', requestMemory: '32Mi', limitCpu: '100m', limitMemory: '128Mi' },
    network: { ingress: [], dns: [], dnsPort: 53, database: [], internal: [] },
    ingressClassName: null,
    ingressAnnotations: {},
    lifetime: { defaultMs: 1, maximumMs: 2, warningsMs: [] },
    ...changes,
  };
}
