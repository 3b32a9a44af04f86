import { createReadStream } from 'node:fs';

/** One thing of a file system, as it lies in an archive. `path` has no `/` at its beginning or end. */
export type Entry = {
  readonly path: string;
  readonly mode: number;
  /** User and group; absent: root. */
  readonly owner?: number;
} & (
  | { readonly kind: 'directory' }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  /** A symbolic link; `to` has at most 100 bytes. */
  | { readonly kind: 'link'; readonly to: string }
  | { readonly kind: 'file'; readonly source: string; readonly sizeBytes: number }
);

const block = 512;

/**
 * A tar archive (POSIX ustar) that depends on its entries alone: sorted, no times, no names of users. Directories that nobody gave are made, of root, mode 755.
 * Throws at two entries of one path, at a path that does not fit, and when a file has another size than was said.
 */
export async function* tarOf(entries: Iterable<Entry>): AsyncGenerator<Buffer> {
  for (const entry of complete(entries)) {
    const sizeBytes = sizeOf(entry);
    yield header(entry, sizeBytes);
    if (entry.kind === 'bytes') yield entry.bytes;
    if (entry.kind === 'file') yield* contentOf(entry.source, sizeBytes);
    yield Buffer.alloc((block - (sizeBytes % block)) % block);
  }
  yield Buffer.alloc(2 * block);
}

function complete(entries: Iterable<Entry>): readonly Entry[] {
  const all = new Map<string, Entry>();
  for (const entry of entries) {
    if (all.has(entry.path)) throw new Error(`two entries of the archive are ${entry.path}`);
    all.set(entry.path, entry);
  }
  for (const path of [...all.keys()]) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const parent = path.slice(0, end);
      if (!all.has(parent)) all.set(parent, { kind: 'directory', path: parent, mode: 0o755 });
    }
  }
  // By code units: the order of no language, and parents before what is in them.
  return [...all.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function* contentOf(source: string, sizeBytes: number): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of createReadStream(source, { highWaterMark: 1 << 20 })) {
    const bytes = chunk as Buffer; // a stream without an encoding gives nothing else
    read += bytes.length;
    yield bytes;
  }
  if (read !== sizeBytes) throw new Error(`${source} has ${read} bytes, and had ${sizeBytes}`);
}

function sizeOf(entry: Entry): number {
  switch (entry.kind) {
    case 'directory':
    case 'link':
      return 0;
    case 'bytes':
      return entry.bytes.length;
    case 'file':
      return entry.sizeBytes;
  }
}

const typeFlags: Readonly<Record<Entry['kind'], string>> = { bytes: '0', file: '0', link: '2', directory: '5' };

function header(entry: Entry, sizeBytes: number): Buffer {
  const { name, prefix } = splitPath(entry.kind === 'directory' ? `${entry.path}/` : entry.path);
  const bytes = Buffer.alloc(block);
  const octal = (value: number, at: number, width: number): void => {
    bytes.write(value.toString(8).padStart(width - 1, '0'), at, 'latin1');
  };
  bytes.write(name, 0);
  octal(entry.mode, 100, 8);
  octal(entry.owner ?? 0, 108, 8);
  octal(entry.owner ?? 0, 116, 8);
  octal(sizeBytes, 124, 12);
  octal(0, 136, 12);
  bytes.fill(' ', 148, 156);
  bytes.write(typeFlags[entry.kind], 156);
  if (entry.kind === 'link') bytes.write(entry.to, 157);
  bytes.write('ustar\u000000', 257, 'latin1');
  bytes.write(prefix, 345);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  return bytes;
}

/** A name has 100 bytes, and 155 before its last possible slash. */
function splitPath(path: string): { readonly name: string; readonly prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: '' };
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (name !== '' && Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return { name, prefix };
  }
  throw new Error(`a path is too long for an archive: ${path}`);
}
