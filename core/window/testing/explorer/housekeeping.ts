import { fence, isWindow } from '../../gate.ts';
import { drop, obeys, withStorage } from './change.ts';
import { casGate } from './door.ts';
import { without } from './lives.ts';
import type { Tell, World } from './world.ts';

/** Lives that fell silent are fenced from OPEN, never by taking their record away alone: in the midst of a run that would take a journal along. */
export function keepHouse(world: World, tell: Tell): World {
  const { housekeeper, storage, setting } = world;
  const { gate, members, stages } = storage;
  switch (housekeeper.at) {
    case 'idle':
      return isWindow(gate) || gate.phase !== 'OPEN' ? world : { ...world, housekeeper: { at: 'sawGate', gate } };
    case 'sawGate': {
      const silent = [...members].find(([, { modifiedAt }]) => world.now - modifiedAt > setting.silentMs);
      if (silent === undefined) return { ...world, housekeeper: { at: 'idle' } };
      return { ...world, housekeeper: { at: 'sawRecord', gate: housekeeper.gate, life: silent[0] } };
    }
    case 'sawRecord': {
      const { life } = housekeeper;
      if (!obeys(world, 'silentFencedByGate'))
        return { ...world, housekeeper: { at: 'fencing', life, next: 'record' } };
      if (housekeeper.gate.phase !== 'OPEN') return { ...world, housekeeper: { at: 'idle' } };
      const { world: next, won } = casGate(world, fence(housekeeper.gate, [life], world.now), tell);
      return { ...next, housekeeper: won ? { at: 'fencing', life, next: 'stage' } : { at: 'idle' } };
    }
    case 'fencing': {
      const { life, next } = housekeeper;
      if (next === 'stage') {
        const fenced = withStorage(world, { stages: without(stages, life) });
        return { ...fenced, housekeeper: { at: 'fencing', life, next: 'record' } };
      }
      tell({ on: 'fenced' });
      return { ...withStorage(world, { members: drop(members, life) }), housekeeper: { at: 'idle' } };
    }
  }
}

export function hasHousework({ housekeeper, storage, now, setting }: World): boolean {
  if (housekeeper.at !== 'idle') return true;
  return (
    storage.gate.phase === 'OPEN' &&
    storage.members.values().some(({ modifiedAt }) => now - modifiedAt > setting.silentMs)
  );
}
