import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Entry, tarOf } from './tar.ts';

export interface Blob {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly content:
    | Pick<Extract<Entry, { kind: 'bytes' }>, 'kind' | 'bytes'>
    | Pick<Extract<Entry, { kind: 'file' }>, 'kind' | 'source' | 'sizeBytes'>;
}

export interface Layer extends Blob {
  /** Of the archive before it is packed. */
  readonly diffId: string;
  /** What it holds, in words. */
  readonly says: string;
}

/** Packs entries into a layer, which lies in `folder` until the image is written. */
export async function layerOf(
  says: string,
  entries: readonly Entry[],
  folder: string,
  signal: AbortSignal,
): Promise<Layer> {
  const [unpacked, packed] = [new Counter(), new Counter()];
  const source = join(folder, `${says.replaceAll(/\W+/g, '-')}.tar.gz`);
  const archive = Readable.from(tarOf(entries), { objectMode: false });
  await pipeline(archive, unpacked, createGzip(), packed, createWriteStream(source), { signal });
  const { digest, sizeBytes } = packed;
  return { says, diffId: unpacked.digest, digest, sizeBytes, content: { kind: 'file', source, sizeBytes } };
}

export function jsonBlob(value: unknown): Blob {
  const bytes = Buffer.from(JSON.stringify(value));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { digest, sizeBytes: bytes.length, content: { kind: 'bytes', bytes } };
}

const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

export interface ImageParts {
  /** What it is called, with a host and a tag, such as `localhost/coppice:1`. */
  readonly name: string;
  readonly config: Blob;
  readonly layers: readonly Layer[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly platform: { readonly os: string; readonly architecture: string };
}

/** Writes an image as an OCI layout in one archive (image-layout.md of the image specification), whole or not at all. Resolves to the digest of its manifest. */
export async function writeLayout(parts: ImageParts, file: string, signal: AbortSignal): Promise<string> {
  const { name, config, layers, annotations, platform } = parts;
  const manifest = jsonBlob({
    ...{ schemaVersion: 2, mediaType: mediaTypes.manifest },
    config: descriptor(mediaTypes.config, config),
    layers: layers.map((layer) => descriptor(mediaTypes.layer, layer)),
    annotations,
  });
  const index = jsonBlob({
    ...{ schemaVersion: 2, mediaType: mediaTypes.index },
    manifests: [
      {
        ...descriptor(mediaTypes.manifest, manifest),
        platform,
        // The tag alone for tools that follow the specification, all of it for containerd.
        annotations: {
          'org.opencontainers.image.ref.name': name.slice(name.lastIndexOf(':') + 1),
          'io.containerd.image.name': name,
        },
      },
    ],
  });
  const archive = tarOf([
    { path: 'oci-layout', mode: 0o644, kind: 'bytes', bytes: Buffer.from('{"imageLayoutVersion":"1.0.0"}') },
    { path: 'index.json', mode: 0o644, ...index.content },
    ...[manifest, config, ...layers].map(({ digest, content }) => {
      return { path: `blobs/${digest.replace(':', '/')}`, mode: 0o644, ...content };
    }),
  ]);
  try {
    await pipeline(Readable.from(archive, { objectMode: false }), createWriteStream(`${file}.part`), { signal });
    await rename(`${file}.part`, file);
  } finally {
    await rm(`${file}.part`, { force: true });
  }
  return manifest.digest;
}

function descriptor(mediaType: string, { digest, sizeBytes }: Blob): object {
  return { mediaType, digest, size: sizeBytes };
}

/** Hashes and counts what passes. */
class Counter extends Transform {
  readonly #hash = createHash('sha256');
  #sizeBytes = 0;
  #digest: string | undefined;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get digest(): string {
    this.#digest ??= `sha256:${this.#hash.digest('hex')}`;
    return this.#digest;
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.#hash.update(chunk);
    this.#sizeBytes += chunk.length;
    done(null, chunk);
  }
}
