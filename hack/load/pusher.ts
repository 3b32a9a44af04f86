import { setTimeout as pause } from 'node:timers/promises';
import type { Digest } from '../../core/oci/digest.ts';
import type { RegistryClient } from './client.ts';
import { artifactFor, type Image, imageOf, indexOf, layer, topOf } from './images.ts';
import type { Ledger } from './ledger.ts';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';
import type { UndeleteOutcome } from './undelete.ts';

/** How often, of 100 operations, each is done; the rest push a plain image. Of what is pushed anew, `artifact` in 100 get an artifact that refers to it. */
export interface Mix {
  readonly index: number;
  readonly artifact: number;
  readonly retag: number;
  readonly remove: number;
  /** An image of another repository, its blobs mounted from there. */
  readonly mount?: number;
  /** A manifest by its digest, with all its tags. */
  readonly removeDigest?: number;
  readonly undelete?: number;
}

/** One client's own corner of a registry: the tags that nobody else writes. It pushes images of several shapes, tags again, and deletes. */
export interface PusherSettings {
  readonly name: string;
  readonly repositories: readonly string[];
  /** One for each replica; every operation takes one of them by chance. */
  readonly replicas: readonly RegistryClient[];
  readonly ledger: Ledger;
  readonly random: Random;
  readonly layerBytes: number;
  /** Between two operations, ms. */
  readonly restMs: number;
  readonly mix: Mix;
  /** What a new tag is called. */
  readonly tagOf: (number: number) => string;
  readonly undelete?: (repository: string, tag: string, signal: AbortSignal) => Promise<UndeleteOutcome>;
  /** Of what it did, and what came of it. */
  readonly tally?: Tally;
}

interface Pushed {
  readonly repository: string;
  readonly tag: string;
  readonly image: Image;
}

interface Removed {
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
}

const undoable = 5;
/** What it remembers to tag again, mount or delete. */
const remembered = 300;

export class Pusher {
  readonly #settings: PusherSettings;
  readonly #pushed: Pushed[] = [];
  /** Acknowledged as deleted, the latest last, and not written since. */
  #removed: readonly Removed[] = [];
  #number = 0;

  constructor(settings: PusherSettings) {
    this.#settings = settings;
  }

  /** One operation after the other, with a pause between them, until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await this.step(signal);
        await pause(this.#settings.restMs, undefined, { signal });
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
    }
  }

  async step(signal: AbortSignal): Promise<void> {
    const { mix } = this.#settings;
    if (this.#pushed.length <= 3) return this.#pushNew('image', this.#image(), signal);
    const steps: readonly (readonly [share: number | undefined, step: () => Promise<void>])[] = [
      [mix.remove, () => this.#remove(signal)],
      [mix.removeDigest, () => this.#removeDigest(signal)],
      [mix.undelete, () => this.#undelete(signal)],
      [mix.retag, () => this.#retag(signal)],
      [mix.mount, () => this.#mount(signal)],
      [mix.index, () => this.#pushNew('index', this.#index(), signal)],
    ];
    let chance = this.#settings.random.below(100);
    for (const [share = 0, step] of steps) {
      if (chance < share) return step();
      chance -= share;
    }
    return this.#pushNew('image', this.#image(), signal);
  }

  async #pushNew(what: string, image: Image, signal: AbortSignal): Promise<void> {
    const { random, mix, ledger, repositories, replicas, tagOf, tally } = this.#settings;
    const pushed = { repository: random.pick(repositories), tag: tagOf(this.#number), image };
    const isDone = await this.#push(what, pushed, signal);
    this.#remember(pushed);
    if (!isDone || random.below(100) >= mix.artifact) return;
    const artifact = artifactFor(topOf(image), this.#seed);
    const outcome = await random.pick(replicas).push(pushed.repository, artifact, undefined, signal);
    tally?.count('referrer', outcome.is);
    if (outcome.is === 'acknowledged') ledger.refer(pushed.repository, pushed.tag, topOf(artifact).digest);
  }

  async #mount(signal: AbortSignal): Promise<void> {
    const { random, repositories, tagOf } = this.#settings;
    const { repository: from, image } = random.pick(this.#pushed);
    this.#number += 1;
    const mounted = { repository: random.pick(repositories), tag: tagOf(this.#number), image };
    await this.#push('mount', mounted, signal, from);
    this.#remember(mounted);
  }

  #image(): Image {
    this.#number += 1;
    return this.#plain('');
  }

  #index(): Image {
    this.#number += 1;
    return indexOf([this.#plain(' amd64'), this.#plain(' arm64')]);
  }

  get #seed(): string {
    return `${this.#settings.name} ${this.#number}`;
  }

  #plain(variant: string): Image {
    const { layerBytes } = this.#settings;
    const seed = `${this.#seed}${variant}`;
    return imageOf(seed, [layer(`shared ${this.#number % 5}`, layerBytes), layer(seed, layerBytes)]);
  }

  /** An older image under a tag that another one has. */
  async #retag(signal: AbortSignal): Promise<void> {
    const { random } = this.#settings;
    const { image } = random.pick(this.#pushed);
    const { repository, tag } = random.pick(this.#pushed);
    const again = { repository, tag, image };
    await this.#push('retag', again, signal);
    this.#remember(again);
  }

  async #remove(signal: AbortSignal): Promise<void> {
    const { random, replicas, ledger, tally } = this.#settings;
    const at = random.below(this.#pushed.length);
    const [gone] = this.#pushed.splice(at, 1);
    if (gone === undefined) return;
    const { repository, tag } = gone;
    const digest = ledger.held(repository, tag);
    this.#forgetRemoved(gone);
    ledger.attempt(repository, tag, undefined);
    const outcome = await random.pick(replicas).remove(repository, tag, signal);
    tally?.count('delete tag', outcome);
    if (outcome === 'deleted' || outcome === 'absent') ledger.settle(repository, tag, undefined);
    if (outcome === 'deleted' && digest !== undefined)
      this.#removed = [...this.#removed, { repository, tag, digest }].slice(-undoable);
  }

  async #removeDigest(signal: AbortSignal): Promise<void> {
    const { random, replicas, ledger, tally } = this.#settings;
    const { repository, image } = random.pick(this.#pushed);
    const { digest } = topOf(image);
    ledger.attemptRemoval(repository, digest);
    const outcome = await random.pick(replicas).remove(repository, digest, signal);
    tally?.count('delete manifest', outcome);
    if (outcome === 'deleted' || outcome === 'absent') ledger.settleRemoval(repository, digest);
  }

  async #undelete(signal: AbortSignal): Promise<void> {
    const { ledger, undelete, tally } = this.#settings;
    const back = this.#removed.at(-1);
    if (back === undefined || undelete === undefined) return;
    this.#forgetRemoved(back);
    const { repository, tag, digest } = back;
    ledger.attempt(repository, tag, digest);
    const outcome = await undelete(repository, tag, signal);
    tally?.count('undelete', outcome.is === 'refused' ? outcome.code : outcome.is);
    if (outcome.is !== 'unknown') ledger.settle(repository, tag, outcome.is === 'undeleted' ? digest : undefined);
  }

  #remember(pushed: Pushed): void {
    this.#pushed.push(pushed);
    if (this.#pushed.length > remembered) this.#pushed.shift();
  }

  #forgetRemoved({ repository, tag }: Omit<Pushed, 'image'>): void {
    this.#removed = this.#removed.filter((each) => each.repository !== repository || each.tag !== tag);
  }

  async #push(what: string, pushed: Pushed, signal: AbortSignal, from?: string): Promise<boolean> {
    const { random, replicas, ledger, tally } = this.#settings;
    const { repository, tag, image } = pushed;
    const digest: Digest = topOf(image).digest;
    this.#forgetRemoved(pushed);
    ledger.attempt(repository, tag, digest);
    const outcome = await random.pick(replicas).push(repository, image, tag, signal, from);
    tally?.count(what, outcome.is);
    if (outcome.is === 'acknowledged') ledger.acknowledge(repository, tag, digest);
    return outcome.is === 'acknowledged';
  }
}
