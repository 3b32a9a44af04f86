import { type Durations, firstGate, type Gate } from '../../core/window/gate.ts';
import type { StorageId } from '../../core/window/identity.ts';
import type { GateStore } from '../records/gateStore.ts';
import type { MemberStore } from '../records/members.ts';
import type { StorageIdentity, StorageIdStore } from '../records/storageId.ts';
import type { ReadableStore } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';

export interface StartupPorts {
  readonly store: Pick<ReadableStore, 'stat'>;
  readonly records: {
    readonly storage: StorageIdStore;
    readonly gates: GateStore;
    readonly members: Pick<MemberStore, 'list'>;
  };
  readonly freshStorage: () => StorageId;
}

/** A replica must not serve this storage as it is, or not as it is configured. */
export class StartupRefused extends Error {
  override readonly name = 'StartupRefused';
}

/** Makes `storage.json` and the first gate where a storage is new; refuses one that is broken, swapped, or has other durations. */
export async function openStorage(
  ports: StartupPorts,
  durations: Durations,
  signal: AbortSignal,
): Promise<StorageIdentity> {
  const identity = await identify(ports, signal);
  const gate = await standingGate(ports, identity.id, durations, signal);
  if (gate.storage !== identity.id) {
    throw new StartupRefused(`the gate is of storage ${gate.storage}, but ${layout.storage} says ${identity.id}`);
  }
  refuseOtherDurations(gate.durations, durations);
  return identity;
}

async function identify(ports: StartupPorts, signal: AbortSignal): Promise<StorageIdentity> {
  const { storage, gates, members } = ports.records;
  const standing = await storage.read(signal);
  if (standing !== undefined) return standing;
  const isNew = (await gates.read(signal)) === undefined && (await members.list(signal)).length === 0;
  if (isNew) {
    const foreign = (await ports.store.stat(layout.served, signal)) !== undefined;
    await storage.create({ id: ports.freshStorage(), protocol: 1, foreign, adopted: !foreign }, signal);
  }
  const made = await storage.read(signal); // ours, or that of whoever was faster
  if (made === undefined) throw new StartupRefused(`${layout.storage} is gone, but the gate or members are there`);
  return made;
}

/** Only where there is no member is the first gate made: with members, the gate was lost, and nobody knows what it said. */
async function standingGate(
  { records: { gates, members } }: StartupPorts,
  storage: StorageId,
  durations: Durations,
  signal: AbortSignal,
): Promise<Gate> {
  const standing = await gates.read(signal);
  if (standing !== undefined) return standing;
  if ((await members.list(signal)).length === 0) await gates.cas(firstGate(storage, durations), signal);
  const made = await gates.read(signal); // also where another was faster, and has a member already
  if (made === undefined) throw new StartupRefused('there are members on the storage, but the gate is gone');
  return made;
}

const keys = {
  permitTTLMs: 'permitTTL',
  windowMs: 'window',
  promiseTTLMs: 'promiseTTL',
} as const satisfies Record<keyof Durations, string>;

function refuseOtherDurations(stored: Durations, configured: Durations): void {
  const differing = (['permitTTLMs', 'windowMs', 'promiseTTLMs'] as const).filter(
    (key) => stored[key] !== configured[key],
  );
  if (differing.length === 0) return;
  const each = differing.map(
    (key) => `${keys[key]} is ${configured[key]} ms here and ${stored[key]} ms on the storage`,
  );
  throw new StartupRefused(`replicas of one storage must agree: ${each.join('; ')}`);
}
