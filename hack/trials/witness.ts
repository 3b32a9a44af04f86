import { setTimeout as pause } from 'node:timers/promises';
import { type Digest, parseDigest } from '../../core/oci/digest.ts';
import { RegistryClient } from '../load/client.ts';
import { type Image, topOf } from '../load/images.ts';

/** A manifest's own media type and those of what it names directly, in its order. */
export interface Shape {
  readonly mediaType: string;
  readonly below: readonly string[];
}

interface Described {
  readonly mediaType: string;
}

/** Sees through an open door, by HTTP alone, what came of what a client did. References are `repository:tag` or `repository@digest`. */
export class Witness {
  readonly #base: string;
  readonly #client: RegistryClient;
  readonly #signal: AbortSignal;

  constructor(base: string, signal: AbortSignal) {
    const wait = async (ms: number): Promise<void> => pause(ms, undefined, { signal });
    this.#base = base;
    this.#client = new RegistryClient(base, { retryAfterMs: [100, 100], pause: wait });
    this.#signal = signal;
  }

  async push(reference: string, image: Image): Promise<Digest> {
    const [repository, tag] = partsOf(reference);
    const pushed = await this.#client.push(repository, image, tag, this.#signal);
    if (pushed.is !== 'acknowledged') throw new Error(`${reference} was not pushed: ${pushed.why}`);
    return topOf(image).digest;
  }

  /** Rejects unless everything below it is there and hashes to its name. */
  async whole(reference: string): Promise<Digest> {
    const pulled = await this.#client.pull(...partsOf(reference), this.#signal);
    if (pulled.is !== 'whole') throw new Error(`${reference} is ${JSON.stringify(pulled)}`);
    return pulled.digest;
  }

  /** Rejects unless the registry knows that it is not there. */
  async absent(reference: string): Promise<void> {
    const pulled = await this.#client.pull(...partsOf(reference), this.#signal);
    if (pulled.is !== 'absent') throw new Error(`${reference} is ${JSON.stringify(pulled)}`);
  }

  /** What refers to an image, each whole. */
  async referrers(repository: string, digest: Digest): Promise<readonly Digest[]> {
    const all = await this.#client.referrers(repository, digest, this.#signal);
    if (all === undefined) throw new Error('the registry has no referrers API');
    for (const one of all) await this.whole(`${repository}@${one}`);
    return all;
  }

  async shape(reference: string): Promise<Shape> {
    const [repository, at] = partsOf(reference);
    const url = `${this.#base}/v2/${repository}/manifests/${at}`;
    const response = await fetch(url, { headers: { accept: '*/*' }, signal: this.#signal });
    if (!response.ok) throw new Error(`${reference}: ${response.status} ${await response.text()}`);
    const body = (await response.json()) as { config?: Described; layers?: Described[]; manifests?: Described[] };
    const { config, layers = [], manifests = [] } = body;
    const below = [...(config === undefined ? [] : [config]), ...layers, ...manifests];
    return { mediaType: response.headers.get('content-type') ?? '', below: below.map((one) => one.mediaType) };
  }
}

function partsOf(reference: string): [repository: string, at: string] {
  const [, repository = '', tag = ''] = /^(.+?)[:@](.+)$/.exec(reference) ?? [];
  return [repository, reference.includes('@') ? (parseDigest(tag) ?? '') : tag];
}
