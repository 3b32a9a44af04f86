import { buffer } from 'node:stream/consumers';
import { parseLifeId, parseWindowId } from '../../../core/window/identity.ts';
import type { LifeId, WindowId } from '../../../core/window/identity.ts';
import type { ByteRange, Driver, ReadableStore } from '../driver.ts';

/** One storage under test, which any number of drivers serve. */
export interface TestStorage {
  another(): Driver;
  dispose(): Promise<void>;
}

export type MakeStorage = () => Promise<TestStorage>;

export const { signal } = new AbortController();

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The text of a small file; `undefined` if it is not there. */
export async function textAt(store: ReadableStore, path: string): Promise<string | undefined> {
  const file = await store.readSmall(path, 4096, signal);
  return file && new TextDecoder().decode(file.bytes);
}

export async function bytesAt(store: ReadableStore, path: string, range?: ByteRange): Promise<Uint8Array | undefined> {
  const opened = await store.open(path, range, signal);
  return opened && new Uint8Array(await buffer(opened.body));
}

export async function namesAt(store: ReadableStore, path: string): Promise<readonly string[] | undefined> {
  return (await store.list(path, signal))?.map(({ name }) => name).toSorted();
}

export function lifeId(text: string): LifeId {
  return known(parseLifeId(text));
}

export function windowId(text: string): WindowId {
  return known(parseWindowId(text));
}

/** What a test knows to be there. */
export function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the test expected something to be there');
  return value;
}
