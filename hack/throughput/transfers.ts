import { createHash } from 'node:crypto';
import { digestOfBytes } from '../load/images.ts';
import type { Content } from './content.ts';

const mediaType = 'application/vnd.oci.image.manifest.v1+json';

/** An image of one large layer; its tag is the name of its content. */
export interface LargeImage {
  readonly repository: string;
  readonly content: Content;
  /** Whether the layer is sent in a PATCH of unknown length, as docker does, or with the PUT that ends the upload. */
  readonly inPatch: boolean;
}

/** Of one process of a registry. Nothing is repeated: any answer but the one that is wanted rejects. */
export class Client {
  readonly #base: string;
  readonly #signal: AbortSignal;
  #requests = 0;

  constructor(base: string, signal: AbortSignal) {
    this.#base = base;
    this.#signal = signal;
  }

  get requests(): number {
    return this.#requests;
  }

  /** `url` as the registry gives it, whole or from its root. */
  async expect(status: number, url: string | URL, init: RequestInit): Promise<Response> {
    this.#requests += 1;
    const whole = new URL(url, this.#base);
    const response = await fetch(whole, { ...init, signal: this.#signal });
    if (response.status === status) return response;
    throw new Error(`${init.method ?? 'GET'} ${whole.pathname}: ${response.status} ${await response.text()}`);
  }

  /** Where an upload that begins goes on. */
  async begin(repository: string): Promise<URL> {
    return this.located(await this.expect(202, `/v2/${repository}/blobs/uploads/`, { method: 'POST' }));
  }

  located(response: Response): URL {
    return new URL(response.headers.get('location') ?? '', this.#base);
  }
}

export async function push(client: Client, image: LargeImage): Promise<void> {
  const { config, manifest } = documentsOf(image.content);
  const location = await client.begin(image.repository);
  location.searchParams.set('digest', digestOfBytes(config));
  await client.expect(201, location, { method: 'PUT', body: config });
  await pushContent(client, image);
  const headers = { 'content-type': mediaType };
  await client.expect(201, manifestPath(image), { method: 'PUT', headers, body: manifest });
}

async function pushContent(client: Client, { repository, content, inPatch }: LargeImage): Promise<void> {
  let location = await client.begin(repository);
  const body = { body: ReadableStream.from(content.chunks()), duplex: 'half' } as const;
  if (inPatch) location = client.located(await client.expect(202, location, { ...body, method: 'PATCH' }));
  location.searchParams.set('digest', content.digest);
  const headers = { 'content-length': `${content.sizeBytes}` };
  await client.expect(201, location, { method: 'PUT', ...(!inPatch && { ...body, headers }) });
}

/** Everything, hashed as it comes. */
export async function pull(client: Client, image: LargeImage): Promise<void> {
  const { repository, content } = image;
  const { manifest } = documentsOf(content);
  const accepted = { headers: { accept: mediaType } };
  await expectHash(await client.expect(200, manifestPath(image), accepted), digestOfBytes(manifest));
  await expectHash(await client.expect(200, `/v2/${repository}/blobs/${content.digest}`, {}), content.digest);
}

function documentsOf({ name, digest, sizeBytes }: Content): { readonly config: Buffer; readonly manifest: Buffer } {
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', author: name }));
  const configType = 'application/vnd.oci.image.config.v1+json';
  const layerType = 'application/vnd.oci.image.layer.v1.tar';
  const document = {
    schemaVersion: 2,
    mediaType,
    config: { mediaType: configType, digest: digestOfBytes(config), size: config.length },
    layers: [{ mediaType: layerType, digest, size: sizeBytes }],
  };
  return { config, manifest: Buffer.from(JSON.stringify(document)) };
}

function manifestPath({ repository, content }: LargeImage): string {
  return `/v2/${repository}/manifests/${content.name}`;
}

async function expectHash(response: Response, digest: string): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of response.body ?? []) hash.update(chunk as Uint8Array);
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== digest) throw new Error(`${response.url} came as ${found}`);
}
