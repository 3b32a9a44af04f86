import type { Coverage, KnownRecorder } from '../records/pullFiles.ts';
import type { PullWord, StandingJournal } from '../records/pulls.ts';

/**
 * A recorder says a word every quarter of a minute. One that has said none for so long is gone, and so is what it heard after its last word; where none at
 * all has said one, the storage may have been served by others meanwhile.
 */
export const silentMs = 10 * 60_000;
/** What has ended is forgotten after so long, and so are commands that were killed: by then their lives are fenced. */
const rememberedMs = 24 * 60 * 60_000;
/** So long it is waited, after a last word, for somebody who can tell whether a journal is whole: whoever starts again on that machine looks every half an hour. */
const elsewhereMs = 2 * 60 * 60_000;
/** Times of files come from the storage's clock; one that ran ahead by more was set back since, and would hide every silence until then. */
const aheadMs = 60_000;

export interface Heard {
  /** All that stand and are not in the coverage yet, in any order. */
  readonly words: readonly PullWord[];
  /** All that stand, read before the words were listed. */
  readonly journals: ReadonlyMap<string, StandingJournal>;
  /** Under which whoever looks runs (`kernelId`). */
  readonly kernel: string | undefined;
  /** Instances of the lives that were registered before the words were listed. */
  readonly instances: readonly string[];
  /** Storage time, ms. */
  readonly now: number;
}

/**
 * What is covered once these words are taken in. Everything that may have kept a pull from being on record is a gap, and after it recording begins anew: a
 * recorder that ended without a last word and left no journal that is whole, a word that is missing or not understood, a time in which nobody recorded, a life whose process does not.
 */
export function cover(before: Coverage | undefined, heard: Heard): Coverage {
  const { words, instances, now } = heard;
  const covering = new Covering(before ?? { since: now, through: now, isPartial: false, recorders: [], shards: {} });
  covering.mustNotBeAhead(now);
  for (const word of words.toSorted(inOrder)) covering.take(word, now);
  covering.endSilent(heard);
  covering.mustHaveRecorded(instances, now);
  return covering.coverage;
}

function inOrder(left: PullWord, right: PullWord): number {
  return left.at - right.at || left.k - right.k;
}

/** Whether pulls may be heard by it still. */
export function records({ serves, ended }: KnownRecorder): boolean {
  return serves && !ended;
}

/** The instances whose lives are recorded, or were until they ended. */
export function recordedBy(coverage: Pick<Coverage, 'recorders'> | undefined): Set<string> {
  const recorders = coverage?.recorders.filter(({ ended, killed }) => !ended || killed === true) ?? [];
  return new Set(recorders.map(({ instance }) => instance));
}

class Covering {
  readonly #recorders: Map<string, KnownRecorder>;
  readonly #known: Set<string>;
  readonly #shards: Coverage['shards'];
  #since: number;
  #through: number;
  #isPartial: boolean;

  constructor({ since, through, isPartial, recorders, shards }: Coverage) {
    this.#recorders = new Map(recorders.map((one) => [one.recorder, one]));
    this.#known = recordedBy({ recorders });
    this.#shards = shards;
    this.#since = since;
    this.#through = through;
    this.#isPartial = isPartial;
  }

  get coverage(): Coverage {
    const recorders = [...this.#recorders.values()].sort((left, right) => (left.recorder < right.recorder ? -1 : 1));
    const [since, through, isPartial, shards] = [this.#since, this.#through, this.#isPartial, this.#shards];
    return { since, through, isPartial, recorders, shards };
  }

  mustNotBeAhead(now: number): void {
    if (this.#through <= now + aheadMs) return;
    this.#since = now;
    this.#through = now;
  }

  take({ recorder, k, at, file }: PullWord, now: number): void {
    const before = this.#recorders.get(recorder);
    if (k !== (before?.next ?? 0)) this.#gap(now); // one is missing
    if (file === undefined) {
      this.#gap(now);
      if (before !== undefined) this.#recorders.set(recorder, { ...before, next: k + 1, at });
      return;
    }
    const { instance, serves, afterMs, ended, lost } = file.head;
    this.#known.add(instance);
    if (serves) this.#hear(at, lost);
    // Its first word was made up somewhat before it was written, and nobody knows when.
    const heardUntil = before === undefined ? 0 : before.at + afterMs;
    this.#recorders.set(recorder, { recorder, instance, serves, next: k + 1, at, heardUntil, ended });
  }

  endSilent({ now, journals, kernel, instances }: Heard): void {
    for (const one of this.#recorders.values()) {
      if (!records(one)) this.#forget(one, instances, now);
      else if (now - one.at > silentMs) this.#end(one, journals.get(one.recorder)?.content?.kernel, kernel, now);
    }
  }

  #forget({ recorder, instance, at, killed }: KnownRecorder, instances: readonly string[], now: number): void {
    if (now - at > rememberedMs && !(killed === true && instances.includes(instance))) this.#recorders.delete(recorder);
  }

  /** `journalOf`: under which kernel its journal was written. Another may have lost some of that, and its own is the only one that knows. */
  #end(one: KnownRecorder, journalOf: string | undefined, kernel: string | undefined, now: number): void {
    if (journalOf !== undefined && journalOf === kernel) {
      this.#recorders.set(one.recorder, { ...one, ended: true, killed: true });
    } else if (journalOf === undefined || now - one.at > elsewhereMs) {
      this.#recorders.delete(one.recorder);
      this.#gap(now);
    }
  }

  mustHaveRecorded(instances: readonly string[], now: number): void {
    const isPartial = !instances.every((instance) => this.#known.has(instance));
    // What was there when it was last looked may have served until now.
    if (isPartial || this.#isPartial) this.#gap(now);
    this.#isPartial = isPartial;
  }

  #hear(at: number, lost: boolean): void {
    if (lost || at - this.#through > silentMs) this.#gap(at);
    this.#through = Math.max(this.#through, at);
  }

  #gap(until: number): void {
    this.#since = Math.max(this.#since, until);
  }
}
