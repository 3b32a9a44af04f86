import type { Durations } from '../../core/window/gate.ts';
import type { StorageId } from '../../core/window/identity.ts';
import type { CoppiceConfig, ReplicaConfig } from '../config/configuration.ts';
import { openRecords, type Records } from '../records/records.ts';
import { Reserve, reserved } from '../records/reserve.ts';
import { type ReadableStore, type Stat, StorageError } from '../storage/driver.ts';
import { FilesystemDriver } from '../storage/filesystem/driver.ts';
import { isProbe, layout } from '../storage/layout.ts';
import { type ProbeResult, probeStorage } from '../storage/probe.ts';
import type { Log } from '../window/ports.ts';
import { openStorage, StartupRefused } from '../window/startup.ts';
import { StartRefused } from './listeners.ts';
import type { Names } from './names.ts';
import type { ProcessPorts } from './process.ts';

/** A storage's driver and records; nothing is read or written until somebody asks them to. */
export interface StorageParts {
  readonly root: string;
  readonly driver: FilesystemDriver;
  readonly records: Records;
  readonly reserve: Reserve;
}

export function storageParts(
  { rootDirectory }: Pick<ReplicaConfig['storage'], 'rootDirectory'>,
  { fresh, random }: Pick<ProcessPorts, 'fresh' | 'random'>,
  log: Log,
): StorageParts {
  const driver = new FilesystemDriver(rootDirectory);
  const reserve = new Reserve(driver, random);
  const records = openRecords(reserved(driver, reserve), {
    fresh,
    onPruningFailed: (error) => {
      log.warn({ err: error }, 'old gates could not be removed');
    },
  });
  return { root: rootDirectory, driver, records, reserve };
}

export function durationsOf({ permitTTLMs, windowMs, promiseTTLMs }: CoppiceConfig): Durations {
  return { permitTTLMs, windowMs, promiseTTLMs };
}

/**
 * Refuses a storage that is not there, cannot be written, or does not do what safety rests on. Leaves nothing behind. On a full one it takes of the
 * reserve, as records do: who is to make room there must be able to start.
 */
export async function probe({ root, driver, reserve }: StorageParts, names: Names, signal: AbortSignal): Promise<void> {
  const key = 'storage.filesystem.rootdirectory';
  const found = await refusing(key, root, async () => {
    const stat = await driver.stat('/', signal);
    if (stat?.kind !== 'directory')
      throw new StartRefused(`${key}: ${root} is ${stat === undefined ? 'not there' : 'no directory'}`);
    const once = (): Promise<ProbeResult> =>
      probeStorage(driver, { life: names.life(), window: names.window() }, signal);
    return reserve.spend(once, signal);
  });
  if (!found.ok) throw new StartRefused(`${key}: ${root} lacks what safety rests on: ${found.lacks.join('; ')}`);
}

/** Takes the storage up: its id and gate, made where it is new. */
export async function takeUp(
  { root, driver, records }: StorageParts,
  names: Names,
  durations: Durations,
  signal: AbortSignal,
): Promise<StorageId> {
  return refusing('storage.filesystem.rootdirectory', root, async () => {
    const store = { stat: (path: string, until: AbortSignal) => statServed(driver, path, until) };
    const { id } = await openStorage({ store, records, freshStorage: names.storage }, durations, signal);
    return id;
  });
}

/** Whether any registry has stored anything here. A probe, also another's that is going on, leaves empty folders at most. */
export async function holdsContent(driver: Pick<ReadableStore, 'list'>, signal: AbortSignal): Promise<boolean> {
  for (const folder of [layout.repositories, layout.blobs]) {
    const names = ((await driver.list(folder, signal)) ?? []).map(({ name }) => name);
    if (names.some((name) => !isProbe(name))) return true;
  }
  return false;
}

/** What served content there is decides whether others wrote this storage (G1): empty folders are none. */
async function statServed(driver: ReadableStore, path: string, signal: AbortSignal): Promise<Stat | undefined> {
  const isEmpty = path === layout.served && !(await holdsContent(driver, signal));
  return isEmpty ? undefined : driver.stat(path, signal);
}

async function refusing<T>(key: string, root: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof StartupRefused) throw new StartRefused(`${root}: ${cause.message}`, { cause });
    if (!(cause instanceof StorageError)) throw cause;
    throw new StartRefused(`${key}: ${root} cannot be used: ${cause.message}${reasonOf(cause)}`, { cause });
  }
}

function reasonOf({ cause }: StorageError): string {
  return cause instanceof Error ? ` (${cause.message})` : '';
}
