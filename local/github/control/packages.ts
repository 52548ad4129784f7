import { z } from 'zod';
import { parseBody } from '../http/body.ts';
import { notFound } from '../http/errors.ts';
import type { Routes } from '../http/router.ts';
import { heldVersions, note } from '../packages/versions.ts';
import { user } from '../world.ts';
import type { World } from '../world.ts';

/** What people and their builds do to packages: connect them with a registry, push to it, download. */
export function packageControl(world: World): Routes {
  return {
    'PUT /_control/packages': async (call) => {
      const { digests, ...body } = parseBody(newPackage, call.body, 'Package');
      user(world, body.owner);
      const { packages } = world.state;
      let found = packages.find(({ owner, name }) => owner === body.owner && name === body.name);
      if (found === undefined) packages.push((found = { ...body, versions: [] }));
      found.visibility = body.visibility;
      await note(world, found, digests);
      world.save();
      return Response.json(await heldVersions(world, found));
    },

    'PUT /_control/package-downloads': (call) => {
      const { digest, downloads } = parseBody(downloaded, call.body, 'Package');
      const versions = world.state.packages.flatMap((one) => one.versions);
      const found = versions.filter((version) => version.digest === digest);
      if (found.length === 0) throw notFound(`there is no version ${digest}`);
      for (const version of found) version.downloads = downloads;
      world.save();
      return new Response(null, { status: 204 });
    },
  };
}

const newPackage = z.object({
  owner: z.string().min(1),
  name: z.string().min(1),
  /** URL of its images: `http://…/v2/<path>`. */
  repository: z.url(),
  visibility: z.enum(['public', 'private']).default('public'),
  /** Of what was pushed without a tag, or lost it since. */
  digests: z.array(z.string()).default([]),
});

const downloaded = z.object({ digest: z.string(), downloads: z.int().nonnegative() });
