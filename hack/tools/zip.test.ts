import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ZipError, zipMember } from './zip.ts';

interface File {
  readonly name: string;
  readonly content: Buffer;
  readonly method: number;
  /** What the archive says, if it is not the truth. */
  readonly claimedBytes?: number;
}

/** As archivers write it; local headers carry an extra field that the directory has not. */
function zip(files: readonly File[], comment = ''): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, content, method, claimedBytes = content.length } of files) {
    const packed = method === 8 ? deflateRawSync(content) : content;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(claimedBytes, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common]);
    local.writeUInt16LE(4, 28);
    const entry = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, Buffer.alloc(14)]);
    entry.writeUInt32LE(at, 42);
    const whole = Buffer.concat([local, Buffer.from(name), Buffer.from('xtra'), packed]);
    parts.push(whole);
    directory.push(entry, Buffer.from(name));
    at += whole.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...parts, ...directory, end, Buffer.from(comment)]);
}

const long = Buffer.from('a program '.repeat(1000));
const both = zip([
  { name: 'helm/other', content: Buffer.from('as it is'), method: 0 },
  { name: 'helm/helm', content: long, method: 8 },
]);

describe('a file of a ZIP archive', () => {
  it('is read whether it is stored or deflated', () => {
    expect(zipMember(both, 'helm/other').toString()).toBe('as it is');
    expect(zipMember(both, 'helm/helm').equals(long)).toBe(true);
  });

  it('is found in front of a comment', () => {
    expect(zipMember(zip([{ name: 'a', content: long, method: 8 }], 'made by hand'), 'a').equals(long)).toBe(true);
  });

  it.each([
    { why: 'is not there', archive: both, name: 'helm', says: 'the archive has no helm' },
    { why: 'is cut off', archive: both.subarray(0, 100), name: 'helm/helm', says: 'the archive has no end' },
    { why: 'lost its beginning', archive: both.subarray(10), name: 'helm/helm', says: 'no directory where' },
    {
      why: 'is packed in a way that is not known',
      archive: zip([{ name: 'a', content: long, method: 12 }]),
      name: 'a',
      says: 'method 12',
    },
    {
      why: 'is shorter than it says',
      archive: zip([{ name: 'a', content: long, method: 8, claimedBytes: 20_000 }]),
      name: 'a',
      says: '10000 bytes instead of 20000',
    },
  ])('is refused where it $why', ({ archive, name, says }) => {
    expect(() => zipMember(archive, name)).toThrow(ZipError);
    expect(() => zipMember(archive, name)).toThrow(says);
  });
});
