import { setTimeout as pause } from 'node:timers/promises';
import type { Digest } from '../../core/oci/digest.ts';
import type { RegistryClient } from './client.ts';
import { artifactFor, type Image, imageOf, indexOf, layer, topOf } from './images.ts';
import type { Ledger } from './ledger.ts';
import type { Random } from './random.ts';

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
  /** How often, of 100 operations, each is done; the rest push a plain image. */
  readonly mix: { readonly index: number; readonly artifact: number; readonly retag: number; readonly remove: number };
  /** What a new tag is called. */
  readonly tagOf: (number: number) => string;
}

interface Pushed {
  readonly repository: string;
  readonly tag: string;
  readonly image: Image;
}

export class Pusher {
  readonly #settings: PusherSettings;
  readonly #pushed: Pushed[] = [];
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
    const { random, mix } = this.#settings;
    const chance = random.below(100);
    if (this.#pushed.length > 3 && chance < mix.remove) return this.#remove(signal);
    if (this.#pushed.length > 3 && chance < mix.remove + mix.retag) return this.#retag(signal);
    return this.#pushNew(chance, signal);
  }

  async #pushNew(chance: number, signal: AbortSignal): Promise<void> {
    const { name, random, mix, repositories, tagOf } = this.#settings;
    this.#number += 1;
    const seed = `${name} ${this.#number}`;
    const pushed = {
      repository: random.pick(repositories),
      tag: tagOf(this.#number),
      image: this.#image(seed, chance),
    };
    const done = await this.#push(pushed, signal);
    if (done && chance >= 100 - mix.artifact) {
      const artifact = artifactFor(topOf(pushed.image), seed);
      await random.pick(this.#settings.replicas).push(pushed.repository, artifact, undefined, signal);
    }
    this.#pushed.push(pushed);
  }

  #image(seed: string, chance: number): Image {
    const { layerBytes, mix } = this.#settings;
    const shared = layer(`shared ${this.#number % 5}`, layerBytes);
    const plain = (variant: string): Image =>
      imageOf(`${seed}${variant}`, [shared, layer(`${seed}${variant}`, layerBytes)]);
    const isIndex = chance < mix.remove + mix.retag + mix.index && chance >= mix.remove + mix.retag;
    return isIndex ? indexOf([plain(' amd64'), plain(' arm64')]) : plain('');
  }

  /** An older image under a tag that another one has. */
  async #retag(signal: AbortSignal): Promise<void> {
    const { random } = this.#settings;
    const { image } = random.pick(this.#pushed);
    const { repository, tag } = random.pick(this.#pushed);
    const again = { repository, tag, image };
    await this.#push(again, signal);
    this.#pushed.push(again);
  }

  async #remove(signal: AbortSignal): Promise<void> {
    const { random, replicas, ledger } = this.#settings;
    const at = random.below(this.#pushed.length);
    const [gone] = this.#pushed.splice(at, 1);
    if (gone === undefined) return;
    const { repository, tag } = gone;
    ledger.attempt(repository, tag, undefined);
    const outcome = await random.pick(replicas).remove(repository, tag, signal);
    if (outcome === 'deleted' || outcome === 'absent') ledger.settle(repository, tag, undefined);
  }

  async #push({ repository, tag, image }: Pushed, signal: AbortSignal): Promise<boolean> {
    const { random, replicas, ledger } = this.#settings;
    const digest: Digest = topOf(image).digest;
    ledger.attempt(repository, tag, digest);
    const outcome = await random.pick(replicas).push(repository, image, tag, signal);
    if (outcome.is === 'acknowledged') ledger.settle(repository, tag, digest);
    return outcome.is === 'acknowledged';
  }
}
