import { list } from 'tar';
import type { Layer } from './layer.ts';

/** A file in a layer. */
export interface ContainedFile {
  /** Without a leading slash. */
  readonly path: string;
  readonly bytes: number;
}

/** All files of a layer; folders and links are left out. */
export async function contentsOf(layer: Pick<Layer, 'file'>): Promise<readonly ContainedFile[]> {
  const files: ContainedFile[] = [];
  await list({
    file: layer.file,
    onReadEntry: ({ type, path, size }) => {
      if (type === 'File') files.push({ path, bytes: size });
    },
  });
  return files;
}

/** Bytes of all files. */
export function sumOf(files: readonly ContainedFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Bytes by a key that each file gives; files without one are left out. Largest first. */
export function sumsBy(
  files: readonly ContainedFile[],
  key: (path: string) => string | null,
): readonly (readonly [name: string, bytes: number])[] {
  const sums = new Map<string, number>();
  for (const { path, bytes } of files) {
    const name = key(path);
    if (name !== null) sums.set(name, (sums.get(name) ?? 0) + bytes);
  }
  return [...sums].toSorted(([, one], [, other]) => other - one);
}
