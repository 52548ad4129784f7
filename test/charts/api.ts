import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeKubeconfig } from '../../local/cluster/kubectl.ts';
import { ask } from '../../local/http.ts';

export interface Request {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: object;
  headers?: Record<string, string>;
  /** Default false: a dry run, which passes through all checks and changes nothing. */
  really?: boolean;
}

export type Api = (request: Request) => Promise<{ status: number; body: unknown }>;

/** Bare requests to the API server with the login of a kubeconfig, `as` somebody else if that is given. */
export async function apiClient(kubeconfig: string, options: { as?: string } = {}): Promise<Api> {
  const { server, token, certificateAuthority } = await describeKubeconfig(kubeconfig);
  const caFile = join(await mkdtemp(join(tmpdir(), 'api-')), 'ca.crt');
  await writeFile(caFile, certificateAuthority);
  return async ({ method, path, body, headers = {}, really = false }) => {
    const url = new URL(path, server);
    if (method !== 'GET' && !really && !/\/(exec|portforward)$/.test(url.pathname))
      url.searchParams.set('dryRun', 'All');
    const answer = await ask(url.href, {
      method,
      caFile,
      timeoutMs: 10_000,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        ...(options.as === undefined ? {} : { 'Impersonate-User': options.as }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: parsed(answer.body) };
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text };
  }
}
