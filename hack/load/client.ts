import { algorithmOf, type Digest, parseDigest } from '../../core/oci/digest.ts';
import { type Blob, digestOfBytes, type Image, type ManifestDocument } from './images.ts';

/**
 * A client as users have them: it checks what is there, uploads what is missing, and retries a refusal for a while. `acknowledged` means that the
 * registry answered 201 for the manifest; `unknown` that no answer came, or one that promises nothing.
 */
export type PushOutcome = { readonly is: 'acknowledged' } | { readonly is: 'unknown'; readonly why: string };

export type PullOutcome =
  | { readonly is: 'whole'; readonly digest: Digest; readonly bytes: number }
  | { readonly is: 'absent' }
  /** Something that a manifest names cannot be had, or does not hash to its name. */
  | { readonly is: 'broken'; readonly why: string }
  | { readonly is: 'unreachable'; readonly why: string };

export interface ClientSettings {
  /** Waits before a retry, in ms; as many retries as there are entries. */
  readonly retryAfterMs: readonly number[];
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** What every request carries, such as who asks. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Told of each request that is not repeated any more; status 0: no answer came. */
  readonly onGivenUp?: (method: string, status: number) => void;
}

class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

const acceptAll = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';

export class RegistryClient {
  readonly #base: string;
  readonly #settings: ClientSettings;

  constructor(base: string, settings: ClientSettings) {
    this.#base = base;
    this.#settings = settings;
  }

  /**
   * Pushes blobs, then manifests; the last manifest under `tag`, or by digest where there is none. With `from` every blob is mounted from that repository
   * where it is there.
   */
  async push(
    repository: string,
    image: Image,
    tag: string | undefined,
    signal: AbortSignal,
    from?: string,
  ): Promise<PushOutcome> {
    try {
      for (const blob of image.blobs) await this.#pushBlob(repository, blob, from, signal);
      for (const manifest of image.manifests.slice(0, -1))
        await this.#putManifest(repository, manifest, manifest.digest, signal);
      const top = image.manifests.at(-1);
      if (top !== undefined) await this.#putManifest(repository, top, tag ?? top.digest, signal);
      return { is: 'acknowledged' };
    } catch (error) {
      signal.throwIfAborted();
      return { is: 'unknown', why: String(error) };
    }
  }

  /** 202 and 404 both mean that it is gone. */
  async remove(
    repository: string,
    reference: string,
    signal: AbortSignal,
  ): Promise<'deleted' | 'absent' | 'refused' | 'unknown'> {
    try {
      const { status } = await this.#ask(
        'DELETE',
        `/v2/${repository}/manifests/${reference}`,
        {},
        [202, 404, 405],
        signal,
      );
      return status === 202 ? 'deleted' : status === 404 ? 'absent' : 'refused';
    } catch {
      signal.throwIfAborted();
      return 'unknown';
    }
  }

  /** Everything below a reference, down to the last byte, hashed. */
  async pull(repository: string, reference: string, signal: AbortSignal): Promise<PullOutcome> {
    try {
      const manifest = await this.#manifest(repository, reference, signal);
      return manifest === undefined ? { is: 'absent' } : await this.#pullBelow(repository, manifest, signal);
    } catch (error) {
      signal.throwIfAborted();
      return { is: 'unreachable', why: String(error) };
    }
  }

  /** The manifests that refer to this one; `undefined` where the registry has no such API. */
  async referrers(repository: string, digest: Digest, signal: AbortSignal): Promise<readonly Digest[] | undefined> {
    const { status, body } = await this.#ask('GET', `/v2/${repository}/referrers/${digest}`, {}, [200, 404], signal);
    if (status === 404) return undefined;
    return ((JSON.parse(body.toString('utf8')) as ManifestBody).manifests ?? []).map((referrer) => referrer.digest);
  }

  async head(repository: string, digest: Digest, signal: AbortSignal): Promise<number> {
    return (await this.#ask('HEAD', `/v2/${repository}/blobs/${digest}`, {}, [200, 404], signal)).status;
  }

  async #pullBelow(repository: string, manifest: Manifest, signal: AbortSignal): Promise<PullOutcome> {
    const { document, size } = manifest;
    let bytes = size;
    for (const { digest } of [
      ...(document.layers ?? []),
      ...(document.config === undefined ? [] : [document.config]),
    ]) {
      const answer = await this.#ask('GET', `/v2/${repository}/blobs/${digest}`, {}, [200, 404], signal);

      if (answer.status === 404)
        return { is: 'broken', why: `${repository}@${manifest.digest} names ${digest}, which is not there` };
      if (digestOfBytes(answer.body, algorithmOf(digest)) !== digest)
        return { is: 'broken', why: `${repository}@${digest} hashes to something else` };
      bytes += answer.body.length;
    }
    for (const { digest } of document.manifests ?? []) {
      const child = await this.pull(repository, digest, signal);
      if (child.is === 'absent')
        return { is: 'broken', why: `${repository}@${manifest.digest} names ${digest}, which is not there` };
      if (child.is !== 'whole') return child;
      bytes += child.bytes;
    }
    return { is: 'whole', digest: manifest.digest, bytes };
  }

  async #manifest(repository: string, reference: string, signal: AbortSignal): Promise<Manifest | undefined> {
    const answer = await this.#ask(
      'GET',
      `/v2/${repository}/manifests/${reference}`,
      { headers: { accept: acceptAll } },
      [200, 404],
      signal,
    );
    const { body } = answer;
    if (answer.status === 404) return undefined;
    const digest = digestOfBytes(body);
    if (parseDigest(reference) !== undefined && digest !== reference)
      throw new Error(`${reference} hashes to ${digest}`);
    return { digest, size: body.length, document: JSON.parse(body.toString('utf8')) as ManifestBody };
  }

  async #pushBlob(repository: string, blob: Blob, from: string | undefined, signal: AbortSignal): Promise<void> {
    if (from === undefined && (await this.head(repository, blob.digest, signal)) === 200) return;
    const mount = from === undefined ? '' : `?${new URLSearchParams({ mount: blob.digest, from }).toString()}`;
    const uploads = `/v2/${repository}/blobs/uploads/${mount}`;
    const started = await this.#ask('POST', uploads, {}, [201, 202], signal);
    if (started.status === 201) return;
    const location = new URL(started.headers.get('location') ?? '', this.#base);
    location.searchParams.set('digest', blob.digest);
    const headers = { 'content-type': 'application/octet-stream' };
    await this.#ask('PUT', location.href, { headers, body: blob.bytes }, [201], signal);
  }

  async #putManifest(
    repository: string,
    manifest: ManifestDocument,
    reference: string,
    signal: AbortSignal,
  ): Promise<void> {
    const headers = { 'content-type': manifest.mediaType };
    await this.#ask(
      'PUT',
      `/v2/${repository}/manifests/${reference}`,
      { headers, body: manifest.bytes },
      [201],
      signal,
    );
  }

  async #ask(
    method: string,
    path: string,
    init: RequestInit,
    expected: readonly number[],
    signal: AbortSignal,
  ): Promise<Answer> {
    for (const waitMs of [...this.#settings.retryAfterMs, undefined]) {
      const answer = await this.#once(method, path, init, signal);
      if (expected.includes(answer.status)) return answer;
      const isWorthAnother = answer.status === 0 || answer.status === 429 || answer.status === 503;
      if (waitMs === undefined || !isWorthAnother) {
        this.#settings.onGivenUp?.(method, answer.status);
        throw new Unanswered(`${method} ${path}: ${answer.status} ${answer.body.toString('utf8')}`);
      }
      await this.#settings.pause(waitMs, signal);
    }
    throw new Unanswered(`${method} ${path}`);
  }

  async #once(method: string, path: string, init: RequestInit, signal: AbortSignal): Promise<Answer> {
    try {
      return await this.#fetch(path, { ...init, method, signal });
    } catch (error) {
      signal.throwIfAborted();
      return { status: 0, headers: new Headers(), body: Buffer.from(`no answer: ${String(error)}`) };
    }
  }

  async #fetch(path: string, init: RequestInit): Promise<Answer> {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(this.#settings.headers ?? {})) headers.set(name, value);
    const response = await fetch(new URL(path, this.#base), { ...init, headers });
    return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
  }
}

/** Status 0: no answer came, and `body` says why. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

interface Manifest {
  readonly digest: Digest;
  readonly size: number;
  readonly document: ManifestBody;
}

/** Our own manifests, so their shape is known. */
interface ManifestBody {
  readonly config?: { readonly digest: Digest };
  readonly layers?: readonly { readonly digest: Digest }[];
  readonly manifests?: readonly { readonly digest: Digest }[];
}
