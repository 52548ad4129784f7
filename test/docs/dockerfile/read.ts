import { runGo } from '../../support/run-go.ts';

export interface Dockerfile {
  readonly arguments: Record<string, string>;
  readonly stages: readonly {
    readonly name: string;
    readonly base: string;
    readonly commands: readonly string[];
  }[];
}

/** A Dockerfile as BuildKit's own parser reads it. @throws at its first warning too. */
export async function readDockerfile(file: string): Promise<Dockerfile> {
  return (await runGo(import.meta.dirname, [file])) as Dockerfile;
}
