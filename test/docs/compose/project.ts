import { join } from 'node:path';
import { runGo } from '../../support/run-go.ts';

/** What of a service these tests look at, as compose's parser gives it. */
export interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly restart?: string;
  readonly profiles?: readonly string[];
  readonly entrypoint: readonly string[] | null;
  readonly command: readonly string[] | null;
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly ports?: readonly {
    readonly host_ip: string;
    readonly published: string;
    readonly target: number;
  }[];
  readonly volumes?: readonly Mount[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly networks?: Readonly<Record<string, { readonly ipv4_address?: string } | null>>;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly scale?: number;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
}

interface Mount {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly read_only?: boolean;
}

export interface Project {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs: Readonly<Record<string, { readonly content?: string; readonly file?: string }>>;
  readonly networks: {
    readonly default: { readonly ipam: { readonly config: readonly { subnet: string; ip_range: string }[] } };
  };
}

export const composeFile = join(import.meta.dirname, '../../../docker-compose.yml');

/** The file as compose's own parser reads it, variables put in; @param more files that go over it. */
export async function readProject(
  variables: Readonly<Record<string, string>> = {},
  more: readonly string[] = [],
): Promise<Project> {
  const values = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return (await runGo(import.meta.dirname, [composeFile, ...more, ...values])) as Project;
}

/** A service of the file. @throws when there is none of that name. */
export function serviceOf({ services }: Project, name: string): Service {
  const service = services[name];
  if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}
