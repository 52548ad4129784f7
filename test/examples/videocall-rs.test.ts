import { beforeAll, describe, expect, test } from 'vitest';
import { digest, examplePlan } from './plans.ts';
import type { ExamplePlan } from './plans.ts';

const repository = 'security-union/videocall-rs';
const database = { secretKeyRef: { name: 'database', key: 'url' } };
const jwt = { secretKeyRef: { name: 'jwt-secret', key: 'secret' } };

interface Variable {
  name: string;
  value?: string;
  valueFrom?: unknown;
}

/** What a service's values come to; `env` as a map. */
function valuesOf({ plan }: ExamplePlan, service: string): Record<string, unknown> {
  const found = plan.services.find(({ name }) => name === service);
  const values = (found?.values ?? {}) as Record<string, unknown> & { env?: Variable[] };
  const env = (values.env ?? []).map(({ name, value, valueFrom }) => [name, value ?? valueFrom]);
  return { ...values, env: Object.fromEntries(env) };
}

function ingressOf(host: string, paths: unknown[], annotations: Record<string, string> = {}) {
  return {
    className: 'nginx',
    annotations: { 'cert-manager.io/issuer': null, 'kubernetes.io/tls-acme': null, ...annotations },
    hosts: [{ host, paths }],
    tls: [{ secretName: 'sandbox-wildcard-tls', hosts: [host] }],
  };
}

describe('The preview of videocall-rs', () => {
  let example: ExamplePlan;
  beforeAll(async () => {
    const files = { platform: 'platform.yaml', preview: 'preview.yaml' };
    example = await examplePlan({ folder: 'videocall-rs', repository, ...files });
  });

  test('has the namespace, database and hosts of its design, one label below the domain', () => {
    expect(example.warnings).toEqual([]);
    expect(example.plan.names).toMatchObject({
      namespace: 'preview-123',
      database: 'preview_123',
      hosts: {
        ui: 'pr-123.sandbox.videocall.rs',
        'meeting-api': 'pr-123-api.sandbox.videocall.rs',
        websocket: 'pr-123-ws.sandbox.videocall.rs',
      },
    });
    expect(example.plan.tlsSecret).toEqual({
      from: { namespace: 'default', name: 'sandbox-wildcard-tls' },
      name: 'sandbox-wildcard-tls',
    });
  });

  test('gives NATS, by the names of its chart 2.x, little to run with and nothing beside it', () => {
    const off = { enabled: false };
    expect(valuesOf(example, 'nats')).toMatchObject({
      fullnameOverride: 'nats-pr-123',
      config: { jetstream: off, cluster: off, gateway: off },
      natsBox: off,
      reloader: off,
      promExporter: off,
      container: {
        image: { fullImageName: `docker.io/library/nats:2.14.2-alpine@${digest}` },
        resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '100m', memory: '128Mi' } },
      },
    });
  });

  test('sets for the WebSocket server what its design sets', () => {
    const { env, resources, ingress, image, fullnameOverride } = valuesOf(example, 'websocket');
    expect({ image, fullnameOverride }).toEqual({
      image: { repository: 'ghcr.io/security-union/videocall-media-server', tag: `pr-123@${digest}` },
      fullnameOverride: 'websocket-pr-123',
    });
    expect(env).toEqual({
      NATS_URL: 'nats://nats-pr-123.preview-123.svc.cluster.local:4222',
      DATABASE_URL: database,
      JWT_SECRET: jwt,
      ACTIX_PORT: '8080',
      RUST_LOG: 'info',
      REGION: 'preview-123',
      SERVICE_TYPE: 'websocket',
      SERVER_STATS_INTERVAL_SECS: '5',
      TOKIO_WORKER_THREADS: '1',
    });
    expect(resources).toMatchObject({ requests: { cpu: '20m' }, limits: { cpu: '50m' } });
    const service = { name: 'websocket-pr-123', port: { number: 8080 } };
    expect(ingress).toEqual(
      ingressOf('pr-123-ws.sandbox.videocall.rs', [{ path: '/', pathType: 'Prefix', service }], {
        'nginx.ingress.kubernetes.io/proxy-read-timeout': '3600',
        'nginx.ingress.kubernetes.io/proxy-send-timeout': '3600',
      }),
    );
  });

  test('sets for the meeting API what its design sets, without login', () => {
    const { env, ingress, image, fullnameOverride } = valuesOf(example, 'meeting-api');
    expect({ image, fullnameOverride }).toEqual({
      image: { repository: 'ghcr.io/security-union/videocall-meeting-api', tag: `pr-123@${digest}` },
      fullnameOverride: 'api-pr-123',
    });
    expect(env).toEqual({
      NATS_URL: 'nats://nats-pr-123.preview-123.svc.cluster.local:4222',
      DATABASE_URL: database,
      JWT_SECRET: jwt,
      LISTEN_ADDR: '0.0.0.0:8081',
      RUST_LOG: 'info',
      TOKEN_TTL_SECS: '86400',
      SESSION_TTL_SECS: '315360000',
      COOKIE_SECURE: 'true',
      COOKIE_DOMAIN: '.sandbox.videocall.rs',
      COOKIE_NAME: 'pr-123-session',
      CORS_ALLOWED_ORIGIN: 'https://pr-123.sandbox.videocall.rs',
      OAUTH_ISSUER: '',
      SERVICE_VERSION_URLS: 'http://websocket-pr-123:8080/version,http://ui-pr-123:80/version.json',
    });
    const service = { name: 'api-pr-123', port: { number: 8081 } };
    expect(ingress).toEqual(
      ingressOf('pr-123-api.sandbox.videocall.rs', [{ path: '/', pathType: 'Prefix', service }]),
    );
  });

  test('tells the page where its servers are, and switches WebTransport and login off', () => {
    const { runtimeConfig, ingress } = valuesOf(example, 'ui');
    expect(runtimeConfig).toEqual({
      apiBaseUrl: 'https://pr-123-api.sandbox.videocall.rs',
      meetingApiBaseUrl: 'https://pr-123-api.sandbox.videocall.rs',
      wsUrl: 'wss://pr-123-ws.sandbox.videocall.rs',
      webTransportHost: '',
      webTransportEnabled: 'false',
      oauthEnabled: 'false',
      e2eeEnabled: 'false',
      firefoxEnabled: 'false',
      usersAllowedToStream: '',
      serverElectionPeriodMs: 2000,
      audioBitrateKbps: 65,
      videoBitrateKbps: 1000,
      screenBitrateKbps: 1000,
    });
    expect(ingress).toEqual(ingressOf('pr-123.sandbox.videocall.rs', [{ path: '/', pathType: 'Prefix' }]));
  });
});

describe('The preview of videocall-rs with OAuth', () => {
  let example: ExamplePlan;
  beforeAll(async () => {
    const files = { platform: 'platform.oauth.yaml', preview: 'preview.oauth.yaml' };
    example = await examplePlan({ folder: 'videocall-rs', repository, place: 'pr2', ...files });
  });

  test('takes the hosts of its place, whose callback URL is registered, and keeps its number elsewhere', () => {
    expect(example.warnings).toEqual([]);
    expect(example.plan.names).toMatchObject({
      namespace: 'preview-123',
      database: 'preview_123',
      hosts: {
        ui: 'pr2.sandbox.videocall.rs',
        'meeting-api': 'pr2-api.sandbox.videocall.rs',
        websocket: 'pr2-ws.sandbox.videocall.rs',
      },
    });
  });

  test('hands the client to the API by reference to a copied Secret, never by value', () => {
    const client = (key: string) => ({ secretKeyRef: { name: 'google-oauth-credentials', key } });
    expect(valuesOf(example, 'meeting-api').env).toMatchObject({
      OAUTH_ISSUER: 'https://accounts.google.com',
      OAUTH_CLIENT_ID: client('client-id'),
      OAUTH_SECRET: client('client-secret'),
      OAUTH_REDIRECT_URL: 'https://pr2-api.sandbox.videocall.rs/login/callback',
      AFTER_LOGIN_URL: 'https://pr2.sandbox.videocall.rs',
      ALLOWED_REDIRECT_URLS: 'https://pr2.sandbox.videocall.rs',
      COOKIE_NAME: 'pr2-session',
    });
    expect(valuesOf(example, 'ui').runtimeConfig).toMatchObject({
      oauthEnabled: 'true',
      oauthProvider: 'google',
    });
    expect(example.plan.secrets).toContainEqual({
      kind: 'copy',
      name: 'google-oauth-credentials',
      from: { namespace: 'preview-infra', name: 'google-oauth-credentials' },
    });
  });
});
