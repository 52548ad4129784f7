import { parse } from 'yaml';
import { z } from 'zod';
import { parseBody } from '../http/body.ts';
import { GitHubError, notFound } from '../http/errors.ts';
import type { Routes } from '../http/router.ts';
import type { Repository } from '../state.ts';
import { caller, demand, repositoryOf, timestamp } from '../world.ts';
import type { World } from '../world.ts';

/** Starting GitHub Actions workflows. None runs here: what was started is remembered for whoever asks. */
export function workflowDispatchRoutes(world: World): Routes {
  return {
    'POST /repos/:owner/:repo/actions/workflows/:workflow/dispatches': async (call) => {
      const repository = repositoryOf(world, call);
      demand(repository, call, 'write');
      const { ref, inputs } = parseBody(newDispatch, call.body, 'WorkflowDispatch');
      const { workflow = '' } = call.params;
      const at = { world, repository, workflow };
      if ((await fileAt(at, repository.defaultBranch)) === null) throw notFound();
      refuse(await fileAt(at, ref), inputs);
      world.state.dispatches.push({
        repositoryId: repository.id,
        workflow,
        ref,
        inputs,
        by: caller(call).login,
        createdAt: timestamp(),
      });
      world.save();
      return new Response(null, { status: 204 });
    },
  };
}

const newDispatch = z.object({
  ref: z.string().min(1),
  inputs: z.record(z.string(), z.string()).default({}),
});

/** A workflow's file on a branch; null where there is none. */
async function fileAt(
  { world, repository, workflow }: { world: World; repository: Repository; workflow: string },
  ref: string,
): Promise<unknown> {
  const git = await world.git(repository);
  const sha = await git.resolve(ref);
  if (sha === undefined) throw new GitHubError(422, `No ref found for: ${ref}`);
  const [file] = await git.list(sha, { path: `.github/workflows/${workflow}` });
  return file?.type === 'blob' ? parse(Buffer.from(await git.blob(file.sha)).toString('utf8')) : null;
}

const dispatchable = z.object({
  on: z.object({
    workflow_dispatch: z
      .object({
        inputs: z.record(z.string(), z.object({ required: z.boolean().default(false) }).nullable()).nullish(),
      })
      .nullable(),
  }),
});

function refuse(file: unknown, inputs: Record<string, string>): void {
  const read = dispatchable.safeParse(file);
  if (!read.success) throw new GitHubError(422, "Workflow does not have 'workflow_dispatch' trigger");
  const known = read.data.on.workflow_dispatch?.inputs ?? {};
  const unexpected = Object.keys(inputs).filter((name) => !Object.hasOwn(known, name));
  if (unexpected.length > 0) {
    throw new GitHubError(422, `Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  }
  for (const [name, input] of Object.entries(known)) {
    if (input?.required === true && inputs[name] === undefined) {
      throw new GitHubError(422, `Required input '${name}' not provided`);
    }
  }
}
