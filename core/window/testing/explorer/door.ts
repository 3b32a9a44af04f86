import { type Gate, isWindow } from '../../gate.ts';
import type { WindowId } from '../../identity.ts';
import { drop, obeys, put, withStorage } from './change.ts';
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

/**
 * Whether a window is over for whoever waits for its claims: its door is gone, and no gate names it. A door may have been tidied away before its window
 * stood; on a filesystem that window then removes nothing, on object storage it does.
 */
export function isOver(world: World, window: WindowId): boolean {
  const { doors, gate } = world.storage;
  const isNamed = isWindow(gate) && gate.window === window && obeys(world, 'namedWindowsStand');
  return !doors.has(window) && !isNamed;
}

/** On object storage nobody ends another's window before the last of its removals has expired, by the storage's own clock. */
export function hasExpired({ setting, now }: World, gate: Gate): boolean {
  return setting.storage === 'filesystem' || !isWindow(gate) || now > gate.expires;
}
