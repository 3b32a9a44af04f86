import type { Digest } from '../../../core/oci/digest.ts';
import type { RepositoryName } from '../../../core/oci/reference.ts';
import type { PlannedTag } from '../../../core/reach/planItem.ts';
import type { Tombstone } from '../../../core/reach/tombstone.ts';
import type { WindowId } from '../../../core/window/identity.ts';
import type { TombstoneStore } from '../../records/tombstones.ts';
import type { Remover } from '../../storage/driver.ts';
import { layout } from '../../storage/layout.ts';

/** What is deleted as one, with one tombstone that can bring it back as one (D4). */
export interface Deletion {
  readonly repository: RepositoryName;
  readonly kind: 'tag' | 'manifest';
  readonly digest: Digest;
  readonly tags: readonly PlannedTag[];
  /** Revision links that go now, parents first. */
  readonly revisions: readonly Digest[];
  /** What the tombstone keeps, and releases when it lapses. */
  readonly group: readonly Digest[];
  readonly who: string;
  readonly why: string;
  /** The client's request. */
  readonly request?: string;
}

export interface DeletionPorts {
  readonly driver: Remover;
  readonly records: { readonly tombstones: TombstoneStore };
  readonly fresh: () => string;
}

/** When the tombstone begins and ends, on the storage's clock; `at` is after every link that could be meant. */
export interface UndoSpan {
  readonly at: number;
  readonly until: number;
}

export type Removal = 'removed' | 'windowOver';

/**
 * Tombstone first and durable, then tags, then revisions (G5): a crash in between leaves garbage that the tombstone keeps, never a tag without its manifest.
 * `standing`: the tombstone that an executor before us wrote for the same request, and could not finish.
 */
export async function carryOut(
  ports: DeletionPorts,
  window: WindowId,
  deletion: Deletion,
  span: UndoSpan,
  standing: Tombstone | undefined,
  signal: AbortSignal,
): Promise<Removal> {
  if (standing === undefined || !covers(standing, deletion, span)) {
    await ports.records.tombstones.write(tombstoneOf(deletion, ports.fresh(), span), signal);
  }
  const paths = [
    ...deletion.tags.map(({ tag }) => layout.tagDirectory(deletion.repository, tag)),
    ...deletion.revisions.map((digest) => layout.revisionDirectory(deletion.repository, digest)),
  ];
  for (const path of paths) {
    if ((await ports.driver.remove(window, path, signal)) === 'windowOver') return 'windowOver';
  }
  return 'removed';
}

/** What came since, under a tag that was pushed again too, would not be brought back; and one that lapsed meanwhile keeps nothing. */
function covers(standing: Tombstone, { digest, tags, group }: Deletion, { at }: UndoSpan): boolean {
  return (
    standing.digest === digest &&
    standing.until > at &&
    tags.every(({ tag }) => standing.tags.includes(tag)) &&
    group.every((member) => standing.group.includes(member))
  );
}

function tombstoneOf(deletion: Deletion, id: string, { at, until }: UndoSpan): Tombstone {
  const { repository, kind, digest, group, who, why, request } = deletion;
  const tags = deletion.tags.map(({ tag }) => tag);
  return {
    id,
    repository,
    kind,
    digest,
    tags,
    group,
    at,
    until,
    who,
    why,
    ...(request === undefined ? {} : { request }),
  };
}
