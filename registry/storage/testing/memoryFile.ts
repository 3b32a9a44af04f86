import type { Stat } from '../driver.ts';
import { StorageError } from '../driver.ts';
import type { MemoryFile } from './memoryDisk.ts';

export function statOf(file: MemoryFile): Stat {
  return { kind: 'file', sizeBytes: file.bytes.length, modifiedAt: file.modifiedAt };
}

export function bounded(path: string, file: MemoryFile, limitBytes: number): Uint8Array {
  if (file.bytes.length <= limitBytes) return file.bytes;
  throw new StorageError(path, `larger than the ${limitBytes} bytes that are read of it`);
}

export function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield Buffer.from(bytes.subarray(at, at + 65_536));
}
