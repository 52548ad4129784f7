import type { OwnImage } from './image.ts';

/** One manifest that a repository holds, an image or an index of images. */
export interface StoredManifest {
  readonly digest: string;
  readonly tags: readonly string[];
  /** Digests that it names, if it is an index; null: its content was not shown. */
  readonly references: readonly string[] | null;
}

/** What is to be deleted from one repository, and what it holds at that moment. */
export interface DeletionQuestion {
  readonly images: readonly Pick<OwnImage, 'tag' | 'digest'>[];
  /** Digests that indexes named which an earlier attempt may have deleted. */
  readonly remembered: readonly string[];
  readonly manifests: readonly StoredManifest[];
}

export interface DeletionStep {
  readonly digest: string;
  /** The indexes that name it: only when they are gone, it goes. */
  readonly after: readonly string[];
}

export interface DeletionPlan {
  /** In this order: an index before what it names, and that at once after it. */
  readonly steps: readonly DeletionStep[];
  readonly kept: readonly { readonly digest: string; readonly why: string }[];
}

/**
 * Which manifests go: the given digests, and what those of them that are indexes name; each only where no tag but the
 * given ones names it, and no index that stays. What is not there needs no step.
 *
 * Nothing goes where the content of others was not seen: it may be an index that needs it. What an index names is listed
 * as kept only if nothing that stays needs it; otherwise there is nothing to tell.
 */
export function planDeletion({ images, remembered, manifests }: DeletionQuestion): DeletionPlan {
  const held = new Map(manifests.map((manifest) => [manifest.digest, manifest]));
  const own = new Set(images.map(({ digest }) => digest).filter((digest) => held.has(digest)));
  const tags = new Set(images.map(({ tag }) => tag));
  const indexesOf = namers(manifests);
  const going = withAllThatTheyName([...own, ...remembered], held);
  const reasons = new Map<string, string>();
  const keep = (digest: string, why: string): void => {
    going.delete(digest);
    if (!reasons.has(digest)) reasons.set(digest, why);
  };
  for (const digest of going) {
    const { tags: named = [], references = null } = held.get(digest) ?? {};
    const others = whoElseNamesIt(named, tags);
    if (others !== null) keep(digest, others);
    else if (own.has(digest) && references === null) keep(digest, notShown);
  }
  let before: number;
  do {
    before = going.size;
    for (const digest of going) {
      const index = indexesOf(digest).find((one) => !going.has(one.digest));
      if (index) keep(digest, `${described(index)} stays and needs it`);
    }
  } while (going.size < before);
  const unseen = manifests.filter(({ references, digest }) => references === null && !own.has(digest));
  if (unseen.length > 0) for (const digest of going) keep(digest, unknown(unseen.length));
  const isOfNoOther = (digest: string) => indexesOf(digest).every((index) => going.has(index.digest));
  return {
    steps: inOrder(going, held, indexesOf),
    kept: [...reasons].flatMap(([digest, why]) =>
      own.has(digest) || isOfNoOther(digest) ? [{ digest, why }] : [],
    ),
  };
}

type Held = ReadonlyMap<string, StoredManifest>;
type IndexesOf = (digest: string) => readonly StoredManifest[];

/** The indexes that name a digest. */
function namers(manifests: readonly StoredManifest[]): IndexesOf {
  const byDigest = new Map<string, StoredManifest[]>();
  for (const manifest of manifests) {
    for (const named of new Set(manifest.references)) {
      const known = byDigest.get(named);
      if (known) known.push(manifest);
      else byDigest.set(named, [manifest]);
    }
  }
  return (digest) => byDigest.get(digest) ?? [];
}

function withAllThatTheyName(digests: readonly string[], held: Held): Set<string> {
  const all = new Set(digests.filter((digest) => held.has(digest)));
  // a set that grows while it is walked is walked to its end
  for (const digest of all) {
    for (const named of held.get(digest)?.references ?? []) if (held.has(named)) all.add(named);
  }
  return all;
}

function inOrder(going: ReadonlySet<string>, held: Held, indexesOf: IndexesOf): DeletionStep[] {
  const steps = new Map<string, DeletionStep>();
  const add = (digest: string): void => {
    const after = indexesOf(digest).map((index) => index.digest);
    if (steps.has(digest) || !going.has(digest) || !after.every((index) => steps.has(index))) return;
    steps.set(digest, { digest, after });
    for (const named of held.get(digest)?.references ?? []) add(named);
  };
  for (const digest of going) add(digest);
  return [...steps.values()];
}

const notShown =
  'the registry does not show its content to the worker, so what else belongs to it is not known';

function unknown(count: number): string {
  const others = count === 1 ? 'one other' : `${count} others`;
  return `whether another index needs it is not known: the registry does not show the content of ${others} to the worker`;
}

function described({ tags, digest }: StoredManifest): string {
  return tags.length === 0 ? `the index ${digest}` : `the index of the tag ${tags[0]}`;
}

/** How many tags a reason names. */
const tagsAtMost = 3;

/** Which tags name a digest besides ours, in words; null where there are none. */
export function whoElseNamesIt(tags: readonly string[], ours: ReadonlySet<string>): string | null {
  const others = tags.filter((tag) => !ours.has(tag)).toSorted();
  if (others.length < 2) return others.length === 0 ? null : `the tag ${others[0]} names it too`;
  const more = others.length > tagsAtMost ? ` and ${others.length - tagsAtMost} more` : '';
  return `the tags ${others.slice(0, tagsAtMost).join(', ')}${more} name it too`;
}
