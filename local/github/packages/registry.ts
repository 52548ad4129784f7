/** The repository of a real registry that a package's images are in, by its URL `http://…/v2/<path>`. */

const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Tags by the digest that they name. */
export async function tagsIn(repository: string): Promise<Map<string, string[]>> {
  const listed = await ask('GET', `${repository}/tags/list`, [200, 404]);
  const { tags } = (listed.status === 404 ? { tags: null } : await listed.json()) as {
    tags: string[] | null;
  };
  const named = new Map<string, string[]>();
  for (const tag of tags ?? []) {
    const { headers } = await ask('HEAD', `${repository}/manifests/${tag}`, [200, 404]);
    const digest = headers.get('docker-content-digest');
    if (digest !== null) named.set(digest, [...(named.get(digest) ?? []), tag]);
  }
  return named;
}

/** Whether a manifest is there. */
export async function holds(repository: string, digest: string): Promise<boolean> {
  return (await ask('HEAD', `${repository}/manifests/${digest}`, [200, 404])).status === 200;
}

/** Digests that an index names; none where it is no index. */
export async function namedBy(repository: string, digest: string): Promise<string[]> {
  const answer = await ask('GET', `${repository}/manifests/${digest}`, [200, 404]);
  if (answer.status === 404) return [];
  const { manifests = [] } = (await answer.json()) as { manifests?: { digest: string }[] };
  return manifests.map((entry) => entry.digest);
}

/** Deletes a manifest with all its tags. */
export async function removeFrom(repository: string, digest: string): Promise<void> {
  await ask('DELETE', `${repository}/manifests/${digest}`, [202, 404]);
}

async function ask(method: string, url: string, expected: readonly number[]): Promise<Response> {
  const answer = await fetch(url, { method, headers: { accept }, signal: AbortSignal.timeout(20_000) });
  if (expected.includes(answer.status)) return answer;
  throw new Error(`the registry answered ${String(answer.status)} to ${method} ${url}`);
}
