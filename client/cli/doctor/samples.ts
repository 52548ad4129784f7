import type { PlatformConfig } from '../../../domain/config.ts';
import { cleanupTarget, previewNames } from '../../../domain/names.ts';
import type { OwnerMark } from '../../../domain/pull-request.ts';

/** No pull request has this number. */
const number = 999_999_999;

/** What a preview would be called that nobody has. */
export function sampleRef(platform: PlatformConfig): {
  readonly namespace: string;
  readonly database: string | null;
  readonly owner: OwnerMark;
} {
  const [owner = 'owner', repository = 'name'] = platform.repositories[0]?.split('/') ?? [];
  const { namespace, database } = cleanupTarget(platform, { owner, repository, number }, 1);
  return {
    namespace,
    database,
    owner: { platform: platform.name, repositoryId: 1, owner, repository, number },
  };
}

/** A host that such a preview would have. */
export function sampleUrl(platform: PlatformConfig): URL {
  const [owner = 'owner', repository = 'name'] = platform.repositories[0]?.split('/') ?? [];
  const place = 'stems' in platform.capacity ? (platform.capacity.stems[0] ?? null) : null;
  const { urls } = previewNames(
    platform,
    {
      pullRequest: { owner, repository, number },
      place,
    },
    { suffixes: { doctor: 'doctor' }, database: false },
  );
  return new URL(urls['doctor'] ?? '');
}
