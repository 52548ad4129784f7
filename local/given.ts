import type { Stack } from './stack.ts';

/** Parts that the user has and named in the environment: they are used as they are, and never stopped. */
export function givenParts(env: NodeJS.ProcessEnv): Partial<Stack> {
  const given: Partial<Stack> = {};
  const { TEMPORAL_ADDRESS, DATABASE_ADMIN_URL, REGISTRY } = env;
  if (TEMPORAL_ADDRESS) {
    given.temporal = {
      address: TEMPORAL_ADDRESS,
      namespace: env['TEMPORAL_NAMESPACE'] ?? 'default',
      uiUrl: env['TEMPORAL_UI_URL'] ?? '',
      executable: '',
    };
  }
  if (DATABASE_ADMIN_URL) given.postgres = givenPostgres(DATABASE_ADMIN_URL);
  if (REGISTRY) given.registry = { address: REGISTRY.replace(/^https?:\/\//, '') };
  return given;
}

function givenPostgres(url: string): NonNullable<Stack['postgres']> {
  const { hostname, port } = new URL(url);
  return { superuserUrl: url, adminUrl: url, podHost: hostname, podPort: Number(port || 5432) };
}
