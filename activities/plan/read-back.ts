import type { CleanupTarget, ReceiptItem } from '../../domain/outcome.ts';

type Presence = 'absent' | 'ours' | 'foreign';

export interface ReadBackDependencies {
  readonly readNamespace: (
    target: CleanupTarget,
    signal: AbortSignal,
  ) => Promise<{ readonly state: Presence; readonly whose: string }>;
  readonly readDatabase: (
    target: CleanupTarget,
    signal: AbortSignal,
  ) => Promise<{ readonly database: Presence; readonly role: Presence; readonly whose: string | null }>;
}

/** Reads every item of a preview back, whatever the deletions claimed. */
export async function readBack(
  { readNamespace, readDatabase }: ReadBackDependencies,
  target: CleanupTarget,
  signal: AbortSignal,
): Promise<ReceiptItem[]> {
  const [namespace, database] = await Promise.all([
    readNamespace(target, signal),
    target.database === null ? null : readDatabase(target, signal),
  ]);
  const whose = database?.whose ?? '';
  return [
    item('namespace', target.namespace, namespace),
    ...(database === null || target.database === null
      ? []
      : [
          item('database', target.database, { state: database.database, whose }),
          item('role', target.database, { state: database.role, whose }),
        ]),
  ];
}

function item(
  kind: ReceiptItem['kind'],
  name: string,
  { state, whose }: { readonly state: Presence; readonly whose: string },
): ReceiptItem {
  switch (state) {
    case 'absent':
      return { kind, name, state: 'absent', detail: '' };
    case 'foreign':
      return { kind, name, state: 'foreign', detail: whose };
    case 'ours':
      return { kind, name, state: 'present', detail: '' };
  }
}
