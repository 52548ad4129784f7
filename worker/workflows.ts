import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { WorkflowBundleOption } from '@temporalio/worker';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { Refusal } from './refusal.ts';

/** Workflow code by path: it is loaded into Temporal's sandbox, never imported here. */
const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
export const payloadConverterPath = fileURLToPath(
  new URL('../workflows/payload-converter.ts', import.meta.url),
);

/** Bundles the workflows for Temporal's sandbox; takes a second or two. */
export async function bundleWorkflows(): Promise<string> {
  const logger = new DefaultLogger('WARN');
  const { code } = await bundleWorkflowCode({ workflowsPath, payloadConverterPath, logger });
  return code;
}

/**
 * Where the worker gets workflow code from: a bundle that was built before, or the sources.
 *
 * @param bundle path of the built one; null bundles at start.
 * @throws {Refusal} when it is missing: in production nothing is bundled by chance.
 */
export async function workflowCode(bundle: string | null): Promise<WorkflowBundleOption> {
  if (bundle === null) return { code: await bundleWorkflows() };
  await access(bundle).catch((cause: unknown) => {
    throw new Refusal(
      'settings',
      [`the workflow bundle ${bundle} is missing: node worker/bundle-workflows.ts`],
      {
        cause,
      },
    );
  });
  return { codePath: bundle };
}
