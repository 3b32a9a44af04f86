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

/** Nothing is repeated: any answer but the one that is wanted rejects. */
export async function push(base: string, image: LargeImage, signal: AbortSignal): Promise<void> {
  const { repository, content } = image;
  const { config, manifest } = documentsOf(content);
  const location = await begin(base, repository, signal);
  location.searchParams.set('digest', digestOfBytes(config));
  await expectStatus(201, location, { method: 'PUT', body: config, signal });
  await pushContent(base, image, signal);
  const headers = { 'content-type': mediaType };
  await expectStatus(201, manifestUrl(base, image), { method: 'PUT', headers, body: manifest, signal });
}

async function pushContent(base: string, image: LargeImage, signal: AbortSignal): Promise<void> {
  const { repository, content, inPatch } = image;
  let location = await begin(base, repository, signal);
  const body = { body: ReadableStream.from(content.chunks()), duplex: 'half' } as const;
  if (inPatch) {
    const appended = await expectStatus(202, location, { ...body, method: 'PATCH', signal });
    location = new URL(appended.headers.get('location') ?? '', base);
  }
  location.searchParams.set('digest', content.digest);
  const headers = { 'content-length': `${content.sizeBytes}` };
  await expectStatus(201, location, { method: 'PUT', ...(!inPatch && { ...body, headers }), signal });
}

/** Everything, hashed as it comes. */
export async function pull(base: string, image: LargeImage, signal: AbortSignal): Promise<void> {
  const { repository, content } = image;
  const { manifest } = documentsOf(content);
  const accepted = { headers: { accept: mediaType }, signal };
  await expectHash(await expectStatus(200, manifestUrl(base, image), accepted), digestOfBytes(manifest));
  const blob = new URL(`/v2/${repository}/blobs/${content.digest}`, base);
  await expectHash(await expectStatus(200, blob, { signal }), content.digest);
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

async function begin(base: string, repository: string, signal: AbortSignal): Promise<URL> {
  const url = new URL(`/v2/${repository}/blobs/uploads/`, base);
  const begun = await expectStatus(202, url, { method: 'POST', signal });
  return new URL(begun.headers.get('location') ?? '', base);
}

function manifestUrl(base: string, { repository, content }: LargeImage): URL {
  return new URL(`/v2/${repository}/manifests/${content.name}`, base);
}

async function expectStatus(status: number, url: URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (response.status === status) return response;
  throw new Error(`${init.method ?? 'GET'} ${url.pathname}: ${response.status} ${await response.text()}`);
}

async function expectHash(response: Response, digest: string): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of response.body ?? []) hash.update(chunk as Uint8Array);
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== digest) throw new Error(`${response.url} came as ${found}`);
}
