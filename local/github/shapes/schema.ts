import type { components } from '@octokit/openapi-types';

/** An answer's type, from GitHub's own OpenAPI description. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

/** An opaque id, as GitHub's `node_id` fields have them. */
export function nodeId(type: string, id: number | string): string {
  return Buffer.from(`${type}:${String(id)}`).toString('base64url');
}
