import type { KubernetesApi } from '../../activities/kubernetes/api.ts';
import { ApiError, NoAnswer } from '../../activities/kubernetes/api-error.ts';
import { createKubernetesClients, loadKubeConfig } from '../../activities/kubernetes/clients.ts';
import type { FoundPreview } from '../../activities/kubernetes/find-preview.ts';
import { findPreviews, readPreview } from '../../activities/kubernetes/find-preview.ts';
import { readLog } from '../../activities/kubernetes/logs.ts';
import type { ServiceContainer } from '../../activities/kubernetes/service-pods.ts';
import { listServiceContainers } from '../../activities/kubernetes/service-pods.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef } from '../../domain/pull-request.ts';
import { ClientError } from '../exit-codes.ts';
import type { CommandContext, CommandInput, CommandResult } from './command.ts';
import { readPullRequest, usage } from './words.ts';

interface LogsOptions {
  readonly repository?: string;
  readonly namespace?: string;
  readonly context?: string;
  readonly previous?: boolean;
  readonly tail?: string;
}

/** What was read of one container. */
interface ContainerLog extends Omit<ServiceContainer, 'restarted'> {
  readonly lines: readonly string[];
}

/**
 * `preview logs`: the last lines of a preview's pods, with the caller's own kubeconfig and rights. Neither Temporal nor a
 * worker is asked. Unlike what comments show, nothing is redacted.
 */
export async function logs(
  { words: [word, service], options }: CommandInput<LogsOptions>,
  { env, signal }: CommandContext,
): Promise<CommandResult> {
  const ref = readPullRequest(word, options.repository ?? env['GITHUB_REPOSITORY']);
  const lines = readTail(options.tail);
  const { api, place } = openCluster(options.context);
  try {
    const preview = await findOne(api, { ref, name: options.namespace, place }, signal);
    const all = await listServiceContainers(api, preview, signal);
    const wanted = chosen(all, { service, preview, previous: options.previous === true });
    const read = await Promise.all(
      wanted.map(async ({ service: of, pod, container }): Promise<ContainerLog> => {
        const tail = {
          namespace: preview.namespace,
          pod,
          container,
          previous: options.previous === true,
          lines,
          limitBytes: null,
        };
        return { service: of, pod, container, lines: linesOf(await readLog(api, tail, signal)) };
      }),
    );
    return { code: 'ok', json: { namespace: preview.namespace, logs: read }, text: textOf(read, options) };
  } catch (error) {
    signal.throwIfAborted();
    throw explained(error, place);
  }
}

const defaultTail = 100;
const longestTail = 10_000;

function readTail(word: string | undefined): number {
  const lines = Number(word ?? defaultTail);
  if (Number.isInteger(lines) && lines > 0 && lines <= longestTail) return lines;
  throw usage(`wanted --tail as a number from 1 to ${longestTail}, got "${word}"`);
}

/** @throws {ClientError} `usage` where no kubeconfig leads anywhere. */
function openCluster(context: string | undefined): {
  readonly api: KubernetesApi;
  readonly place: string;
} {
  const config = readKubeConfig();
  if (context !== undefined) {
    const names = config.getContexts().map(({ name }) => name);
    if (!names.includes(context))
      throw usage(`the kubeconfig has no context "${context}"; it has ${names.join(', ') || 'none'}`);
    config.setCurrentContext(context);
  }
  const server = config.getCurrentCluster()?.server;
  if (server === undefined || server === placeholder)
    throw usage(
      'wanted your access to the cluster: a kubeconfig in ~/.kube/config, or one that KUBECONFIG names',
    );
  return {
    api: createKubernetesClients(config).worker,
    place: `${server} (context ${config.getCurrentContext()})`,
  };
}

/** What the client makes up where there is no kubeconfig. */
const placeholder = 'http://localhost:8080';

function readKubeConfig(): ReturnType<typeof loadKubeConfig> {
  try {
    return loadKubeConfig();
  } catch (cause) {
    throw usage(`your kubeconfig cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

async function findOne(
  api: KubernetesApi,
  {
    ref,
    name,
    place,
  }: { readonly ref: PullRequestRef; readonly name: string | undefined; readonly place: string },
  signal: AbortSignal,
): Promise<FoundPreview> {
  if (name !== undefined) {
    const found = await readPreview(api, { ref, name }, signal);
    if (found !== null) return found;
    throw new ClientError('notFound', `${place} has no namespace ${name} of ${formatRef(ref)}`);
  }
  const found = await findPreviews(api, ref, signal);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only === undefined)
    throw new ClientError(
      'notFound',
      `${place} has no namespace of ${formatRef(ref)}; "preview status" says where the preview stands, and its comment what its pods said last`,
    );
  const names = found.map(({ namespace }) => namespace).join(', ');
  throw usage(`several platforms preview ${formatRef(ref)} there: choose one by --namespace, of ${names}`);
}

function chosen(
  all: readonly ServiceContainer[],
  wanted: {
    readonly service: string | undefined;
    readonly preview: FoundPreview;
    readonly previous: boolean;
  },
): readonly ServiceContainer[] {
  const { service, preview, previous } = wanted;
  const known = Object.keys(preview.releases);
  if (service !== undefined && !known.includes(service))
    throw usage(
      `${preview.namespace} has no service "${service}"; it has ${known.join(', ') || 'none that is known by name'}`,
    );
  return all.filter(
    (one) => (service === undefined || one.service === service) && (!previous || one.restarted),
  );
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function textOf(read: readonly ContainerLog[], { previous }: LogsOptions): string {
  const found = read.flatMap(({ service, pod, container, lines }) =>
    lines.map((line) => `[${service ?? '-'} ${pod} ${container}] ${line}`),
  );
  if (found.length > 0) return found.join('\n');
  if (read.length > 0) return 'its containers have written nothing yet';
  return previous === true ? 'no container of it was restarted' : 'it has no containers yet';
}

function explained(error: unknown, place: string): unknown {
  if (error instanceof NoAnswer)
    return new ClientError('refused', `${place} does not answer: ${error.message}`, { cause: error });
  if (!(error instanceof ApiError)) return error;
  const message =
    error.status === 403
      ? `you may not do this in ${place}: ${error.message}. Reading logs takes the right to get and list namespaces, and of the namespace the ClusterRole "view"; with --namespace, "get" of that one is enough`
      : `${place} refuses: ${error.message}`;
  return new ClientError('refused', message, { cause: error });
}
