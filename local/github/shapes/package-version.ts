import type { HeldVersion } from '../packages/versions.ts';
import type { Package } from '../state.ts';
import type { World } from '../world.ts';
import { user } from '../world.ts';
import type { Schema } from './schema.ts';

export function packageVersionShape(
  world: World,
  { owner, name }: Package,
  version: HeldVersion,
): Schema<'package-version'> {
  const root = user(world, owner).type === 'Organization' ? 'orgs' : 'users';
  const path = `${root}/${owner}/packages/container`;
  const encoded = encodeURIComponent(name);
  return {
    id: version.id,
    name: version.digest,
    url: `${world.url}/${path}/${encoded}/versions/${String(version.id)}`,
    package_html_url: `${world.url}/${path}/package/${encoded}`,
    html_url: `${world.url}/${path}/${encoded}/${String(version.id)}`,
    created_at: version.createdAt,
    updated_at: version.createdAt,
    metadata: { package_type: 'container', container: { tags: version.tags } },
  };
}
