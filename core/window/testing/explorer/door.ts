import type { Gate } from '../../gate.ts';
import type { WindowId } from '../../identity.ts';
import { drop, put, withStorage } from './change.ts';
import type { Tell, World } from './world.ts';

/** One step of ending a window's door, which is not one step on a storage: its contents go to the trash, then it is removed. `undefined`: it is gone. */
export function closeDoor(world: World, window: WindowId): World | undefined {
  const { doors } = world.storage;
  const contents = doors.get(window);
  if (contents === undefined) return undefined;
  return withStorage(world, { doors: contents.length > 0 ? put(doors, window, []) : drop(doors, window) });
}

/** Wins iff the gate is still the one before. */
export function casGate(world: World, to: Gate, tell: Tell): { readonly world: World; readonly won: boolean } {
  if (world.storage.gate.epoch !== to.epoch - 1) return { world, won: false };
  tell({ on: 'gate', gate: to });
  return { world: withStorage(world, { gate: to }), won: true };
}
