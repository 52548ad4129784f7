import {
  HttpMethod,
  IsomorphicFetchHttpLibrary,
  type KubeConfig,
  RequestContext,
  type ResponseContext,
} from '@kubernetes/client-node';
import { ApiError, NoAnswer } from './api-error.ts';

/** No single request but a watch may take longer. */
const requestTimeoutMs = 15_000;

export interface ApiRequest {
  readonly method: keyof typeof HttpMethod;
  /** Path with the leading slash, its variable parts encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
}

/**
 * Requests to one API server as one user. Answers are the server's own JSON: times stay text, unknown fields stay.
 *
 * Every method throws `ApiError` when the server refused, `NoAnswer` when it could not be reached or took longer
 * than 15 s, and `signal.reason` when aborted.
 */
export interface KubernetesApi {
  json<T>(request: ApiRequest, signal: AbortSignal): Promise<T>;
  text(request: ApiRequest, signal: AbortSignal): Promise<string>;
  /** Body as it comes, for watches; lasts until the server closes it or the signal aborts. */
  stream(request: ApiRequest, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

/**
 * Speaks to the current context's cluster, as the kubeconfig's own user or, by impersonation, as another.
 *
 * The generated clients are not used: they drop fields they do not know (so a dry run would not see them), give
 * times as Date in lists but as text in watches, and open a new TLS connection for each request.
 */
export function createKubernetesApi(config: KubeConfig): (impersonate: string | null) => KubernetesApi {
  const http = new IsomorphicFetchHttpLibrary();
  const outage = createOutage();
  let dispatcher: Dispatcher;

  return (impersonate) =>
    apiOver(async (request, signal) => {
      signal.throwIfAborted();
      const context = contextOf(config, request);
      await config.applySecurityAuthentication(context);
      dispatcher ??= overHttp1(context.getDispatcher());
      if (dispatcher) context.setDispatcher(dispatcher);
      if (impersonate !== null) context.setHeaderParam('Impersonate-User', impersonate);
      context.setSignal(signal);
      const response = await http
        .send(context)
        .toPromise()
        .catch((error: unknown) => {
          if (!signal.aborted) outage.seen();
          throw error;
        });
      if (response.httpStatusCode < 300) return response;
      const refusal = ApiError.fromAnswer(
        response.httpStatusCode,
        response.headers,
        await response.body.text(),
      );
      throw outage.mayExplain(refusal) ? NoAnswer.because(refusal) : refusal;
    });
}

/** How long after it was away a server may know no rights yet. */
const forgetfulMs = 30_000;

/**
 * A server that has just started refuses everybody for some seconds, until it has read who may do what. Such a refusal
 * means no more than no answer.
 */
function createOutage(): { readonly seen: () => void; readonly mayExplain: (refusal: ApiError) => boolean } {
  let lastAt = Number.NEGATIVE_INFINITY;
  return {
    seen: () => {
      lastAt = Date.now();
    },
    mayExplain: ({ status }) => (status === 401 || status === 403) && Date.now() - lastAt < forgetfulMs,
  };
}

type Dispatcher = ReturnType<RequestContext['getDispatcher']>;

/**
 * The same connections without HTTP/2: where a watch was aborted, undici's client for it ends the whole process by an
 * error that nobody can catch, as soon as it closes the idle connection or the server does.
 */
function overHttp1(dispatcher: Dispatcher): Dispatcher {
  return dispatcher?.compose((dispatch) => (options, handler) => {
    const http1: typeof options & { allowH2: boolean } = { ...options, allowH2: false };
    return dispatch(http1, handler);
  });
}

type Send = (request: ApiRequest, signal: AbortSignal) => Promise<ResponseContext>;

function apiOver(send: Send): KubernetesApi {
  async function text(request: ApiRequest, signal: AbortSignal): Promise<string> {
    const timeout = AbortSignal.timeout(requestTimeoutMs);
    try {
      const response = await send(request, AbortSignal.any([signal, timeout]));
      return await response.body.text();
    } catch (error) {
      throw explained(error, signal);
    }
  }

  return {
    text,
    json: async <T>(request: ApiRequest, signal: AbortSignal) => JSON.parse(await text(request, signal)) as T,
    stream: async (request, signal) => {
      const connecting = new AbortController();
      const timer = setTimeout(() => connecting.abort(new Error('no answer')), requestTimeoutMs);
      try {
        const response = await send(request, AbortSignal.any([signal, connecting.signal]));
        const stream = response.body.stream?.() as ReadableStream<Uint8Array> | null | undefined;
        if (!stream) throw new NoAnswer('an answer without a body');
        return stream;
      } catch (error) {
        throw explained(error, signal);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function contextOf(config: KubeConfig, request: ApiRequest): RequestContext {
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error('The kubeconfig has no current cluster.');
  const url = new URL(server.replace(/\/$/, '') + request.path);
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
  const context = new RequestContext(url.toString(), HttpMethod[request.method]);
  context.setHeaderParam('Accept', 'application/json, */*');
  if (request.body !== undefined) {
    context.setHeaderParam('Content-Type', request.contentType ?? 'application/json');
    context.setBody(JSON.stringify(request.body));
  }
  return context;
}

function explained(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof ApiError || error instanceof NoAnswer) return error;
  return NoAnswer.because(error);
}
