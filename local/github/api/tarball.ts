import { randomBytes } from 'node:crypto';
import { notFound } from '../http/errors.ts';
import type { Routes } from '../http/router.ts';
import { findRepository, repositoryOf } from '../world.ts';
import type { World } from '../world.ts';

/**
 * Archives. As on GitHub the API only redirects, to an address that needs no login but carries a token of its
 * own, good for five minutes; there the archive lies.
 */
export function tarballRoutes(world: World): { api: Routes; download: Routes } {
  const tickets = new Map<string, { sha: string; expires: number }>();
  return {
    api: {
      'GET /repos/:owner/:repo/tarball/:ref*': async (call) => {
        const repository = repositoryOf(world, call);
        const ref = call.params['ref'] ?? '';
        const sha = await (await world.git(repository)).resolve(ref === '' ? repository.defaultBranch : ref);
        if (sha === undefined) throw notFound();
        const ticket = randomBytes(16).toString('hex');
        tickets.set(ticket, { sha, expires: Date.now() + 5 * 60_000 });
        const path = `/_codeload/${repository.owner}/${repository.name}/legacy.tar.gz/${ref}?token=${ticket}`;
        return new Response(null, { status: 302, headers: { location: new URL(path, call.url).href } });
      },
    },

    download: {
      'GET /_codeload/:owner/:repo/legacy.tar.gz/:ref*': async (call) => {
        const ticket = tickets.get(call.url.searchParams.get('token') ?? '');
        const repository = findRepository(world, call.params['owner'] ?? '', call.params['repo'] ?? '');
        if (ticket === undefined || ticket.expires < Date.now() || repository === undefined) throw notFound();
        const folder = `${repository.owner}-${repository.name}-${ticket.sha.slice(0, 7)}`;
        const archive = await (await world.git(repository)).archive(ticket.sha, folder);
        return new Response(new Uint8Array(archive), {
          headers: {
            'content-type': 'application/x-gzip',
            'content-disposition': `attachment; filename=${folder}.tar.gz`,
          },
        });
      },
    },
  };
}
