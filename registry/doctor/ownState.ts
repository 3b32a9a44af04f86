import type { Tombstone } from '../../core/reach/tombstone.ts';
import type { Gate } from '../../core/window/gate.ts';
import type { MemberRecord } from '../../core/window/member.ts';
import { LastRun } from '../admin/lastRun.ts';
import type { Records } from '../records/records.ts';
import type { StorageIdentity } from '../records/storageId.ts';
import { isLapsed } from '../records/tombstones.ts';
import { type ReadableStore, StorageError } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import type { Found } from './findings.ts';

/** What Coppice keeps of itself on a storage. A part that is `undefined` is absent, or could not be read: then a finding says so. */
export interface OwnState {
  readonly identity: StorageIdentity | undefined;
  readonly gate: Gate | undefined;
  readonly lives: readonly Life[];
  readonly tombstones: readonly Tombstone[];
  /** Tombstones that can still be undone. */
  readonly undoable: number;
  readonly trashBytes: number;
  readonly protections: readonly { readonly source: string; readonly digests: number; readonly tags: number }[];
  /** Requests for deletion that were carried out, and are not carried out again (D1). */
  readonly doneRequests: number;
  readonly lastRun: { readonly id: string; readonly reason: string } | undefined;
  /** When a replica or a run last wrote here, storage time, ms. */
  readonly lastSignAt: number;
}

export interface Life extends Pick<MemberRecord, 'life' | 'instance' | 'version' | 'left'> {
  readonly heardAt: number;
}

export interface OwnStatePorts {
  readonly store: ReadableStore;
  readonly records: Records;
  /** ms; a moment on the storage's clock where one may write there, else this machine's. */
  readonly now: number;
}

/** `undefined`: Coppice never served this storage. */
export async function readOwnState(
  ports: OwnStatePorts,
  found: Found,
  signal: AbortSignal,
): Promise<OwnState | undefined> {
  const { store, records, now } = ports;
  const told = new Set<string>(); // several parts read one record
  const part = async <T>(read: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      const name =
        error.cause === undefined || error.message.includes('not understood') ? 'RecordNotUnderstood' : 'Unreadable';
      if (!told.has(error.path)) found({ name, object: error.path, says: error.message });
      told.add(error.path);
      return otherwise;
    }
  };
  const names = await part(async () => (await store.list(layout.own, signal))?.map(({ name }) => name), []);
  if (names === undefined) return undefined;
  for (const name of names.filter((each) => !ownNames.has(each)).toSorted())
    found({ name: 'ForeignFile', object: `${layout.own}/${name}`, says: 'among the records of Coppice' });
  const gate = await part(() => records.gates.read(signal), undefined);
  const lives = await part(() => readLives(ports, signal), []);
  const tombstones = await part(() => records.tombstones.list(signal), []);
  const lastRun = await part(() => readLastRun(records, signal), undefined);
  const gateAt = gate && (await part(() => store.stat(layout.gate(gate.epoch), signal), undefined));
  return {
    identity: await part(() => records.storage.read(signal), undefined),
    ...{ gate, lives, tombstones },
    undoable: tombstones.filter((tombstone) => !isLapsed(tombstone, now)).length,
    trashBytes: await part(() => sizeBelow(store, layout.trashes, signal), 0),
    protections: await part(() => readProtections(records, signal), []),
    doneRequests: await part(() => countDone(store, signal), 0),
    lastRun: lastRun && { id: lastRun.id, reason: lastRun.ended?.reason ?? lastRun.progress.phase },
    lastSignAt: Math.max(gateAt?.modifiedAt ?? 0, ...lives.map(({ heardAt }) => heardAt)),
  };
}

/** Lives whose record says nothing count as members that do not answer (W1). */
async function readLives({ records: { members } }: OwnStatePorts, signal: AbortSignal): Promise<readonly Life[]> {
  const lives: Life[] = [];
  for (const life of await members.list(signal)) {
    const heardAt = await members.writtenAt(life, signal);
    if (heardAt === undefined) continue;
    const member = await members.read(life, signal);
    const { instance, version, left } = member?.record ?? { instance: 'unknown', version: 'unknown', left: false };
    lives.push({ life, instance, version, left, heardAt });
  }
  return lives;
}

async function readProtections({ protections }: Records, signal: AbortSignal): Promise<OwnState['protections']> {
  const all = [];
  for (const source of await protections.sources(signal)) {
    const said = await protections.read(source, signal);
    all.push({ source, digests: said?.digests.length ?? 0, tags: said?.tags.length ?? 0 });
  }
  return all;
}

async function readLastRun({ runs }: Records, signal: AbortSignal): ReturnType<LastRun['find']> {
  try {
    return await new LastRun(runs).find(signal);
  } catch (cause) {
    if (cause instanceof StorageError || signal.aborted) throw cause;
    throw new StorageError(layout.runs, 'a report is not understood', { cause });
  }
}

/** Keys of DeleteRequests have no dot; requests of clients do, and end with their answer. */
async function countDone(store: ReadableStore, signal: AbortSignal): Promise<number> {
  return ((await store.list(layout.doneRequests, signal)) ?? []).filter(({ name }) => !name.includes('.')).length;
}

async function sizeBelow(store: ReadableStore, path: string, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  for (const { name, kind } of (await store.list(path, signal)) ?? []) {
    const below = `${path}/${name}`;
    bytes +=
      kind === 'directory'
        ? await sizeBelow(store, below, signal)
        : ((await store.stat(below, signal))?.sizeBytes ?? 0);
  }
  return bytes;
}

/** All that the layout draws directly below it. */
const ownNames: ReadonlySet<string> = new Set(
  Object.values(layout)
    .filter((path) => typeof path === 'string')
    .filter((path) => path.startsWith(`${layout.own}/`))
    .map((path) => path.slice(layout.own.length + 1)),
);
