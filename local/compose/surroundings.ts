import type { Surroundings } from '../example/changes.ts';

/**
 * Reads `GITHUB_API_URL` (of the stand-in), `REGISTRY` (over plain HTTP), `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`
 * (default `default`) and `TEMPORAL_UI_URL` (default: no link). The command line, which is run with the same
 * environment, reads Temporal's too.
 *
 * @throws with all that is missing, in one line.
 */
export function readSurroundings(env: NodeJS.ProcessEnv): Surroundings {
  const missing: string[] = [];
  const required = (name: string): string => {
    const value = env[name] ?? '';
    if (value === '') missing.push(name);
    return value.replace(/\/$/, '');
  };
  const surroundings: Surroundings = {
    // nothing here logs in: what the stand-in's people do needs no token
    github: { url: required('GITHUB_API_URL'), token: '' },
    registry: { address: required('REGISTRY') },
    temporal: {
      address: required('TEMPORAL_ADDRESS'),
      namespace: env['TEMPORAL_NAMESPACE'] || 'default',
      uiUrl: (env['TEMPORAL_UI_URL'] ?? '').replace(/\/$/, ''),
      executable: '',
    },
  };
  if (missing.length > 0)
    throw new Error(`${missing.join(', ')} must say where they are; docker-compose.yml does`);
  return surroundings;
}
