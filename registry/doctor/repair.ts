import type { RepositoryName } from '../../core/oci/reference.ts';
import { removeAbandonedUploads, type UploadPorts } from '../collector/sweep/uploads.ts';
import type { Deletions, DeletionTarget } from '../repository/deletions.ts';
import type { StorageClock } from '../storage/driver.ts';
import type { Finding, Mend } from './findings.ts';

export interface RepairPorts {
  readonly deletions: Deletions;
  readonly driver: UploadPorts['driver'] & StorageClock;
  readonly fresh: () => string;
  /** How long an upload may rest, ms. */
  readonly uploadsMs: number;
}

export interface Repaired {
  /** Each can be undone until its tombstone lapses, as far as its bytes are there. */
  readonly tags: number;
  /** Links of manifests without bytes. */
  readonly manifests: number;
  /** Tags and manifests that were pushed again or deleted since they were found. */
  readonly spared: number;
  /** What could not be taken away in time, as findings name it. */
  readonly waiting: readonly string[];
  readonly uploads: number;
}

/** So many share a window. */
const atOnce = 64;

/** The findings of an examination that a repair does something about. */
export class Repairs {
  readonly #tags: Extract<Mend, { readonly take: 'tag' }>[] = [];
  readonly #manifests: Extract<Mend, { readonly take: 'manifest' }>[] = [];
  readonly #uploadsOf = new Set<RepositoryName>();
  #uploads = 0;

  add({ mend }: Finding): void {
    switch (mend?.take) {
      case 'tag':
        this.#tags.push(mend);
        break;
      case 'manifest':
        this.#manifests.push(mend);
        break;
      case 'uploads':
        this.#uploadsOf.add(mend.repository);
        this.#uploads += 1;
        break;
      case undefined:
    }
  }

  get counts(): { readonly tags: number; readonly manifests: number; readonly uploads: number } {
    return { tags: this.#tags.length, manifests: this.#manifests.length, uploads: this.#uploads };
  }

  /**
   * Takes dangling tags away, then manifests without bytes, as a client's DELETE does: in windows that every replica acknowledges, and with tombstones; and
   * abandoned uploads as a collection does. Each is judged anew, within its window or by the storage's own clock.
   */
  async carryOut({ deletions, driver, fresh, uploadsMs }: RepairPorts, signal: AbortSignal): Promise<Repaired> {
    const tags = await removeAll(
      deletions,
      this.#tags.map(({ repository, tag, digest }) => ({ kind: 'tag', repository, tag, ifDangling: digest })),
      signal,
    );
    const manifests = await removeAll(
      deletions,
      this.#manifests.map(({ repository, digest }) => ({ kind: 'manifest', repository, digest, ifWithoutBytes: true })),
      signal,
    );
    const before = (await driver.now(signal)) - uploadsMs;
    const uploads = await removeAbandonedUploads({ driver, fresh }, [...this.#uploadsOf], before, signal);
    return {
      ...{ tags: tags.removed, manifests: manifests.removed, uploads },
      spared: tags.spared + manifests.spared,
      waiting: [...tags.waiting, ...manifests.waiting].toSorted(),
    };
  }
}

async function removeAll(
  deletions: Deletions,
  targets: readonly DeletionTarget[],
  signal: AbortSignal,
): Promise<{ readonly removed: number; readonly spared: number; readonly waiting: readonly string[] }> {
  let [removed, spared] = [0, 0];
  const waiting: string[] = [];
  for (let at = 0; at < targets.length; at += atOnce) {
    const some = targets.slice(at, at + atOnce).map(async (target) => {
      const { is } = await deletions.request(target, signal);
      if (is === 'deleted') removed += 1;
      else if (is === 'absent') spared += 1;
      else waiting.push(nameOf(target));
    });
    await Promise.all(some);
  }
  return { removed, spared, waiting };
}

function nameOf(target: DeletionTarget): string {
  return target.kind === 'tag' ? `${target.repository}:${target.tag}` : `${target.repository}@${target.digest}`;
}
