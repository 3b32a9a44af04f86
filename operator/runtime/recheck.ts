import {
  type Change,
  isSameVersion,
  type Kind,
  keyOf,
  keyText,
  type Resource,
  type ResourceList,
} from '../resources/home.ts';
import { compareVersions } from '../resources/shelf.ts';
import { repeat, type Timers } from './timers.ts';

export interface RecheckPorts<K extends Kind> {
  readonly timers: Timers;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** How often, a tenth more or less by chance. */
  readonly everyMs: number;
  readonly list: (signal: AbortSignal) => Promise<ResourceList<K>>;
}

/**
 * Holds a list against what a watch has told, every so often. The list is made between two changes, so that none is told meanwhile, and compared once the
 * watch has come to its version: what differs then, the watch has kept back.
 */
export class Recheck<K extends Kind> {
  readonly #ports: RecheckPorts<K>;
  #isDue = false;
  #list: ResourceList<K> | undefined;

  constructor(ports: RecheckPorts<K>) {
    this.#ports = ports;
  }

  begin(): { cancel(): void } {
    const { timers, random, everyMs } = this.#ports;
    const ms = (): number => everyMs * (0.9 + random() / 5);
    return repeat(timers, ms, () => {
      this.#isDue = true;
    });
  }

  /** All was listed anew, so there is nothing left to find. */
  forget(): void {
    this.#list = undefined;
  }

  /** What was kept back of `known`, all that was told up to version `at`, before `next` is. Rejects where a list that is due cannot be had. */
  async missed(
    known: ReadonlyMap<string, Resource<K>>,
    at: string,
    next: Change<K>,
    signal: AbortSignal,
  ): Promise<readonly Change<K>[]> {
    if (this.#isDue) {
      this.#isDue = false;
      const list = await this.#ports.list(signal);
      // One from before proves nothing.
      this.#list = compareVersions(list.resourceVersion, at) < 0 ? undefined : list;
    }
    const list = this.#list;
    if (list === undefined || !isPast(next, list.resourceVersion)) return [];
    this.#list = undefined;
    return differences(known, list);
  }
}

/** Whether all changes up to this version were told, this one apart. A bookmark says so of its own version, too. */
function isPast<K extends Kind>(next: Change<K>, version: string): boolean {
  if (next.type === 'BOOKMARK') return compareVersions(next.resourceVersion, version) >= 0;
  return compareVersions(next.object.metadata.resourceVersion, version) > 0;
}

function differences<K extends Kind>(
  known: ReadonlyMap<string, Resource<K>>,
  { items }: ResourceList<K>,
): readonly Change<K>[] {
  const gone = new Map(known);
  const changes: Change<K>[] = [];
  for (const object of items) {
    const text = keyText(keyOf(object));
    const before = known.get(text);
    gone.delete(text);
    if (before === undefined || !isSameVersion(before, object))
      changes.push({ type: before === undefined ? 'ADDED' : 'MODIFIED', object });
  }
  return [...changes, ...gone.values().map((object): Change<K> => ({ type: 'DELETED', object }))];
}
