import type { Digest } from '../../core/oci/digest.ts';
import { parseRepositoryName, parseTag, type RepositoryName } from '../../core/oci/reference.ts';
import { digestToken, tagToken, type TokenHash } from '../../core/window/token.ts';
import type { RegistryClient } from '../../hack/load/client.ts';
import { digestOfBytes, type Image, imageOf, layer, topOf } from '../../hack/load/images.ts';
import { hashToken } from '../../registry/window/tokenHash.ts';
import type { Wanted } from './sender.ts';

const repositories = 30;
/** One push in so many moves a tag, so that what it named is untagged and, in time, a candidate. */
const movingEvery = 5;
const movingTags = 8;
const rememberedGarbage = 20_000;

interface Place {
  readonly name: RepositoryName;
  readonly image: Image;
  /** A manifest of its own for each number, without hashing or building anything at the time of sending. */
  readonly manifest: (number: number) => Buffer;
}

/** What is pushed: new manifests over blobs that stand, and on purpose what a window holds. */
export class Pushes {
  readonly #places: readonly Place[];
  /** What each moving tag names. */
  readonly #named = new Map<string, Wanted>();
  /** How what was left behind is touched, by the token that a window would hold. */
  readonly #touching = new Map<TokenHash, Wanted>();
  #manifests = 0;
  #touches = 0;
  #blobs = 0;
  #doomed = 0;

  constructor() {
    this.#places = Array.from({ length: repositories }, (_, at) => placeOf(`bench/app-${at}`));
  }

  async prepare(client: RegistryClient, signal: AbortSignal): Promise<void> {
    for (const { name, image } of this.#places) {
      const pushed = await client.push(name, image, 'base', signal);
      if (pushed.is !== 'acknowledged') throw new Error(`could not push ${name}: ${pushed.why}`);
    }
  }

  /** A manifest that nobody has seen, under a tag of its own or over what another named. It touches no candidate. */
  fresh(): Wanted {
    const number = (this.#manifests += 1);
    const { name, image, manifest } = this.#place(number);
    const [body, contentType] = [manifest(number), topOf(image).mediaType];
    if (number % movingEvery !== 0) {
      return { method: 'PUT', path: `/v2/${name}/manifests/build-${number}`, contentType, body };
    }
    const tag = `moving-${Math.floor(number / movingEvery) % movingTags}`;
    const digest = digestOfBytes(body);
    const before = this.#named.get(`${name}:${tag}`);
    if (before !== undefined) this.#leave(digestOfBytes(before.body ?? Buffer.alloc(0)), before);
    this.#named.set(`${name}:${tag}`, { method: 'PUT', path: `/v2/${name}/manifests/${digest}`, contentType, body });
    return { method: 'PUT', path: `/v2/${name}/manifests/${tag}`, contentType, body };
  }

  /** Pushes, tags or mounts one of what is held; `undefined` where none of it is known here. */
  touch(held: ReadonlySet<TokenHash>): Wanted | undefined {
    const known = [...held].filter((token) => this.#touching.has(token));
    const token = known[(this.#touches += 1) % Math.max(1, known.length)];
    return token === undefined ? undefined : this.#touching.get(token);
  }

  /** A blob that no manifest will name. */
  strayBlob(): Wanted {
    const { name } = this.#place(this.#blobs);
    const { digest, bytes } = layer(`stray ${(this.#blobs += 1)}`, 500);
    const { name: other } = this.#place(this.#blobs);
    const mount = new URLSearchParams({ mount: digest, from: name }).toString();
    this.#leave(digest, { method: 'POST', path: `/v2/${other}/blobs/uploads/?${mount}` });
    const contentType = 'application/octet-stream';
    return { method: 'POST', path: `/v2/${name}/blobs/uploads/?digest=${digest}`, contentType, body: bytes };
  }

  /** A tag, and its deletion. */
  doomedTag(): { readonly push: Wanted; readonly remove: Wanted } {
    const { name, image } = this.#place(this.#doomed);
    const tag = parseTag(`doomed-${(this.#doomed += 1)}`);
    if (tag === undefined) throw new Error('a tag that is none');
    const { mediaType: contentType, bytes: body } = topOf(image);
    const path = `/v2/${name}/manifests/${tag}`;
    const push = { method: 'PUT', path, contentType, body };
    this.#remember(hashToken(tagToken(name, tag)), push);
    return { push, remove: { method: 'DELETE', path } };
  }

  #leave(digest: Digest, touching: Wanted): void {
    this.#remember(hashToken(digestToken(digest)), touching);
  }

  #remember(token: TokenHash, touching: Wanted): void {
    this.#touching.set(token, touching);
    const [oldest] = this.#touching.keys();
    if (this.#touching.size > rememberedGarbage && oldest !== undefined) this.#touching.delete(oldest);
  }

  #place(number: number): Place {
    const place = this.#places[number % this.#places.length];
    if (place === undefined) throw new Error('no repositories');
    return place;
  }
}

function placeOf(text: string): Place {
  const name = parseRepositoryName(text);
  if (name === undefined) throw new Error(`${text} is no repository`);
  const image = imageOf(name, [layer(`${name} base`, 1000), layer(`${name} app`, 1000)]);
  const start = topOf(image).bytes.toString('utf8').slice(0, -1);
  const manifest = (number: number): Buffer =>
    Buffer.from(`${start},"annotations":{"dev.coppice.bench":"${text} ${number}"}}`);
  return { name, image, manifest };
}
