import { fence, isWindow } from '../../core/window/gate.ts';
import type { LifeId } from '../../core/window/identity.ts';
import type { HeldStore } from '../records/heldStore.ts';
import type { MemberStore } from '../records/members.ts';
import type { StorageClock } from '../storage/driver.ts';
import { fenceLife, type FencingPorts } from './fencing.ts';

/** A life renews its record each minute. */
export const silentAfterMs = 10 * 60_000;

export interface HousekeepingPorts {
  readonly driver: FencingPorts['driver'] & StorageClock;
  readonly records: FencingPorts['records'] & { readonly members: MemberStore; readonly held: HeldStore };
}

/**
 * Fences lives that have not been heard of for ten minutes of the storage's clock, and says which. Only from OPEN, where no run counts on what they wrote
 * (so it is not even read, and a record that a power cut damaged goes as well), and never by deleting alone: only a gate that was won tells everybody. The
 * gate is read before the records: whatever they are when it is replaced, it was OPEN all the time between.
 */
export async function fenceSilent(
  { driver, records }: HousekeepingPorts,
  own: LifeId | undefined,
  signal: AbortSignal,
): Promise<readonly LifeId[]> {
  const gate = await records.gates.read(signal);
  if (gate?.phase !== 'OPEN') return [];
  const now = await driver.now(signal);
  const silent: LifeId[] = [];
  for (const life of await records.members.list(signal)) {
    const writtenAt = life === own ? undefined : await records.members.writtenAt(life, signal);
    if (writtenAt !== undefined && now - writtenAt > silentAfterMs) silent.push(life);
  }
  if (silent.length === 0 || (await records.gates.cas(fence(gate, silent, now), signal)) === 'lost') return [];
  for (const life of silent) await fenceLife({ driver, records }, life, signal);
  return silent;
}

/** Held sets that no gate names any more. One that is about to be named is younger than this by far. */
export async function pruneHeldSets({ driver, records }: HousekeepingPorts, signal: AbortSignal): Promise<void> {
  const now = await driver.now(signal);
  const gate = await records.gates.read(signal);
  const current = gate !== undefined && isWindow(gate) ? gate.held : undefined;
  await records.held.prune(current, now - silentAfterMs, signal);
}
