import type { TreeEntry } from '../git/repository.ts';
import type { Repository } from '../state.ts';
import type { World } from '../world.ts';
import { repositoryHtmlUrl, repositoryUrl } from './repository.ts';
import type { Schema } from './schema.ts';

type DirectoryItem = Schema<'content-directory'>[number];

/** A file with its bytes: base64 up to 1 MB, as GitHub has it, and empty with encoding `none` above. */
export function fileContents(about: ContentsContext & { bytes: Uint8Array }): Schema<'content-file'> {
  const { bytes } = about;
  const inline = bytes.length <= 1024 * 1024;
  return {
    ...shared(about),
    type: 'file',
    size: bytes.length,
    encoding: inline ? 'base64' : 'none',
    content: inline ? wrapped(Buffer.from(bytes).toString('base64')) : '',
  };
}

export function directoryItem(about: ContentsContext): DirectoryItem {
  return { ...shared(about), type: typeOf(about.entry), size: about.entry.size ?? 0 };
}

export interface ContentsContext {
  world: World;
  repository: Repository;
  ref: string;
  entry: TreeEntry;
}

function shared({ world, repository, ref, entry }: ContentsContext) {
  const root = repositoryUrl(world, repository);
  const html = repositoryHtmlUrl(world, repository);
  const path = entry.path.split('/').map(encodeURIComponent).join('/');
  const isTree = entry.type === 'tree';
  const self = `${root}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const git = `${root}/git/${isTree ? 'trees' : 'blobs'}/${entry.sha}`;
  const page = `${html}/${isTree ? 'tree' : 'blob'}/${ref}/${path}`;
  return {
    name: entry.path.slice(entry.path.lastIndexOf('/') + 1),
    path: entry.path,
    sha: entry.sha,
    url: self,
    html_url: page,
    git_url: git,
    download_url: isTree ? null : `${html}/raw/${ref}/${path}`,
    _links: { self, git, html: page },
  };
}

function typeOf({ mode, type }: TreeEntry): DirectoryItem['type'] {
  if (type === 'tree') return 'dir';
  if (type === 'commit') return 'submodule';
  return mode === '120000' ? 'symlink' : 'file';
}

/** GitHub breaks base64 after 60 characters. */
function wrapped(base64: string): string {
  return base64.replace(/.{60}/g, '$&\n');
}
