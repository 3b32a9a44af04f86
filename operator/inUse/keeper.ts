import type { Protect } from '../../core/admin/schema.ts';
import { Problem } from '../../core/admin/problem.ts';
import { Unanswered } from '../admin/client.ts';
import type { ReplicasOf } from '../admin/replicas.ts';
import { type ObjectKey, keyOf, keyText, type Resource } from '../resources/home.ts';
import { lookAtWorkloads, scopeOf, type Unlisted, type UseLook } from './look.ts';
import type { WorkloadLister } from './ports.ts';

/** What a Registry's storage was told of the cluster's workloads last. */
export type InUse =
  | { readonly is: 'known'; readonly workloads: number; readonly digests: number; readonly tags: number }
  /** The storage knows that this is not all, and nothing is removed. */
  | { readonly is: 'incomplete'; readonly unlisted: readonly Unlisted[] }
  /** `isNew`: this storage was told nothing at all by this program, so that it may not know that it has to wait for it. */
  | { readonly is: 'untold'; readonly why: string; readonly isNew: boolean };

export interface InUsePorts {
  readonly lister: WorkloadLister;
  readonly replicasOf: ReplicasOf;
  /** A clock that never goes back, ms. */
  readonly mono: () => number;
  /** How long workloads are listed at most; absent: 90 s. */
  readonly budgetMs?: number;
}

interface Kept {
  readonly uid: string;
  readonly generation: number;
  readonly storage: string;
  readonly inUse: InUse;
  readonly wasTold: boolean;
  /** On `mono`. */
  readonly dueAt: number;
}

/** What a storage was told is good for so long; the source that does not say it again by then stops all removals (ProtectionsStale). */
const maxAgeMs = 600_000;
/** Three times in that: one that is lost costs nothing. */
const renewMs = 180_000;
const retryMs = 30_000;
const usualBudgetMs = 90_000;

/** Tells each Registry's storage what workloads of the cluster use, again and again. */
export class InUseKeeper {
  readonly #ports: InUsePorts;
  readonly #kept = new Map<string, Kept>();

  constructor(ports: InUsePorts) {
    this.#ports = ports;
  }

  /** Looks and tells where that is due, by what was told last: `storage` is the one its replicas serve now. Failures come back as values. */
  async keep(registry: Resource<'Registry'>, storage: string, signal: AbortSignal): Promise<InUse> {
    const key = keyText(keyOf(registry));
    const { uid, generation } = registry.metadata;
    const before = this.#kept.get(key);
    const isSame = before?.uid === uid && before.storage === storage;
    if (isSame && before.generation === generation && this.#ports.mono() < before.dueAt) return before.inUse;
    const inUse = await this.#tell(registry, isSame && before.wasTold, signal);
    const dueAt = this.#ports.mono() + (inUse.is === 'known' ? renewMs : retryMs);
    const wasTold = inUse.is !== 'untold' || !inUse.isNew;
    this.#kept.set(key, { uid, generation, storage, inUse, wasTold, dueAt });
    return inUse;
  }

  /** The Registry is gone. Its source stays on the storage: what was in use still is, until somebody who knows says otherwise. */
  forget(key: ObjectKey): void {
    this.#kept.delete(keyText(key));
  }

  async #tell(registry: Resource<'Registry'>, wasTold: boolean, signal: AbortSignal): Promise<InUse> {
    const { lister, replicasOf, mono, budgetMs = usualBudgetMs } = this.#ports;
    const beganAt = mono();
    const look = await lookAtWorkloads(lister, scopeOf(registry.spec), budgetMs, signal);
    // The storage counts from when it hears it, and the first page is older than that.
    const said: Protect = {
      maxAgeMs: Math.round(maxAgeMs - (mono() - beganAt)),
      complete: look.unlisted.length === 0,
      ...look.used.listed(),
    };
    try {
      await replicasOf(registry).protect(sourceOf(registry), said, signal);
      return told(look);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Unanswered || error instanceof Problem)) throw error;
      return { is: 'untold', why: error.message, isNew: !wasTold };
    }
  }
}

/** Of this very object: two clusters may each have a Registry of one name for one storage, and must not speak for each other. */
function sourceOf({ metadata }: Resource<'Registry'>): string {
  return `cluster-${metadata.uid}`;
}

function told({ used, workloads, unlisted }: UseLook): InUse {
  return unlisted.length > 0 ? { is: 'incomplete', unlisted } : { is: 'known', workloads, ...used.counts };
}
