import type { Coverage, KnownRecorder } from '../records/pullFiles.ts';
import type { PullWord } from '../records/pulls.ts';

/**
 * A recorder says a word every quarter of a minute. One that has said none for so long is gone, and so is what it heard after its last word; where none at
 * all has said one, the storage may have been served by others meanwhile.
 */
export const silentMs = 10 * 60_000;
/** What has ended is forgotten after so long, and so are commands that were killed: by then their lives are fenced. */
const rememberedMs = 24 * 60 * 60_000;
/** Times of files come from the storage's clock; one that ran ahead by more was set back since, and would hide every silence until then. */
const aheadMs = 60_000;

export interface Heard {
  /** All that stand and are not in the coverage yet, in any order. */
  readonly words: readonly PullWord[];
  /** Instances of the lives that were registered before the words were listed. */
  readonly instances: readonly string[];
  /** Storage time, ms. */
  readonly now: number;
}

/**
 * What is covered once these words are taken in. Everything that may have kept a pull from being on record is a gap, and after it recording begins anew: a
 * recorder that ended without a last word, a word that is missing or not understood, a time in which nobody recorded, a life whose process does not.
 */
export function cover(before: Coverage | undefined, { words, instances, now }: Heard): Coverage {
  const covering = new Covering(before ?? { since: now, through: now, isPartial: false, recorders: [], shards: {} });
  covering.mustNotBeAhead(now);
  for (const word of words.toSorted(inOrder)) covering.take(word, now);
  covering.endSilent(now);
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

class Covering {
  readonly #recorders: Map<string, KnownRecorder>;
  readonly #known: Set<string>;
  readonly #shards: Coverage['shards'];
  #since: number;
  #through: number;
  #isPartial: boolean;

  constructor({ since, through, isPartial, recorders, shards }: Coverage) {
    this.#recorders = new Map(recorders.map((one) => [one.recorder, one]));
    this.#known = new Set(recorders.filter(({ ended }) => !ended).map(({ instance }) => instance));
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

  endSilent(now: number): void {
    for (const one of this.#recorders.values()) {
      const isRecording = records(one);
      if (now - one.at <= (isRecording ? silentMs : rememberedMs)) continue;
      this.#recorders.delete(one.recorder);
      if (isRecording) this.#gap(now);
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
