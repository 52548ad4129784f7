import { inject } from 'vitest';

/** Deletes what a tag of the local registry names, so that not even its digest can be pulled; nothing there is fine. */
export async function removeImage(repository: string, tag: string): Promise<void> {
  const { registry } = inject('stack');
  const manifests = `http://${registry?.address ?? ''}/v2/${repository}/manifests`;
  const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' };
  const found = await fetch(`${manifests}/${tag}`, { method: 'HEAD', headers });
  const digest = found.headers.get('docker-content-digest');
  if (found.status === 404) return;
  const gone = await fetch(`${manifests}/${digest ?? ''}`, { method: 'DELETE' });
  if (gone.status !== 202) throw new Error(`${repository}:${tag} was not deleted: ${gone.status}`);
}
