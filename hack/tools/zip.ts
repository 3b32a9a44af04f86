import { inflateRawSync } from 'node:zlib';

/** A ZIP archive that is not as we can read it; the message says what is missing. */
export class ZipError extends Error {
  override readonly name = 'ZipError';
}

const signature = { entry: 0x0201_4b50, local: 0x0403_4b50 } as const;
const endSignature = Buffer.from([0x50, 0x4b, 0x05, 0x06]);
const endSize = 22;
const entrySize = 46;
const localSize = 30;

/**
 * The bytes of one file of a ZIP archive: stored or deflated, no ZIP64, no encryption (PKWARE APPNOTE 4.3.6 to 4.3.16). The central directory is believed,
 * as archivers do; what a file claims is not, so its length is checked. Throws `ZipError`.
 */
export function zipMember(archive: Buffer, name: string): Buffer {
  for (const entry of entriesOf(archive)) {
    if (entry.name === name) return contentOf(archive, entry);
  }
  throw new ZipError(`the archive has no ${name}`);
}

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly localAt: number;
}

function* entriesOf(archive: Buffer): Iterable<Entry> {
  const end = archive.lastIndexOf(endSignature);
  if (end === -1 || end + endSize > archive.length) throw new ZipError('the archive has no end');
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (at + entrySize > archive.length || archive.readUInt32LE(at) !== signature.entry) {
      throw new ZipError('the archive has no directory where its end says');
    }
    const nameBytes = archive.readUInt16LE(at + 28);
    yield {
      name: archive.toString('utf8', at + entrySize, at + entrySize + nameBytes),
      method: archive.readUInt16LE(at + 10),
      packedBytes: archive.readUInt32LE(at + 20),
      bytes: archive.readUInt32LE(at + 24),
      localAt: archive.readUInt32LE(at + 42),
    };
    at += entrySize + nameBytes + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
}

function contentOf(archive: Buffer, { name, method, packedBytes, bytes, localAt }: Entry): Buffer {
  if (localAt + localSize > archive.length || archive.readUInt32LE(localAt) !== signature.local) {
    throw new ZipError(`${name} is not where the directory says`);
  }
  const from = localAt + localSize + archive.readUInt16LE(localAt + 26) + archive.readUInt16LE(localAt + 28);
  const packed = archive.subarray(from, from + packedBytes);
  if (method !== 0 && method !== 8) throw new ZipError(`${name} is packed by method ${method}`);
  const content = method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: bytes });
  if (content.length !== bytes) throw new ZipError(`${name} has ${content.length} bytes instead of ${bytes}`);
  return content;
}
