import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { Octokit } from 'octokit';
import { failure } from '../failure.ts';
import { ask } from '../github/failure.ts';
import { unpack } from './unpack.ts';
import type { UnpackLimits } from './unpack.ts';
import type { RepositoryName } from './source.ts';

/** Fetches a repository's files at a commit into an empty folder. What it leaves behind after an error is no use. */
export async function download(
  {
    octokit,
    repository: { owner, repository },
    commit,
    folder,
    limits,
  }: {
    octokit: Octokit;
    repository: RepositoryName;
    commit: string;
    folder: string;
    limits: UnpackLimits;
  },
  signal: AbortSignal,
): Promise<void> {
  const name = `${owner}/${repository} at ${commit.slice(0, 7)}`;
  const outcome = await ask(signal, `fetch the files of ${name}`, async () => {
    const { data } = await octokit.rest.repos.downloadTarballArchive({
      owner,
      repo: repository,
      ref: commit,
      request: { signal, parseSuccessResponseBody: false },
    });
    const archive = Readable.fromWeb(data as ReadableStream<Uint8Array>);
    return unpack(archive, { folder, limits, signal });
  });
  if (outcome === 'whole') return;
  throw failure(
    'PlanRefused',
    `${name} has more files than a preview takes: wanted at most ${limits.bytes} bytes in ${limits.entries} entries, found more ${outcome}`,
  );
}
