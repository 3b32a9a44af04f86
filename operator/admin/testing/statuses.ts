import type { Status } from '../../../core/admin/schema.ts';

type Life = Status['lives'][number];

/** One of the lives of a storage. */
export function lifeOf(name: string, change: Partial<Life> = {}): Life {
  return { life: `life-${name}`, instance: name, version: '0.1.0', epoch: 1, ageMs: 1000, left: false, ...change };
}

/** What the replica `registry-1` answers when all is well and it is alone. */
export function statusOf(change: Partial<Status> = {}): Status {
  return {
    storage: 'a-storage',
    version: '0.1.0',
    self: { instance: 'registry-1', life: 'life-registry-1' },
    gate: { epoch: 1, phase: 'OPEN', fenced: 0 },
    durations: { permitTTLMs: 10_000, windowMs: 30_000, promiseTTLMs: 3_600_000 },
    lives: [lifeOf('registry-1')],
    tombstones: 0,
    ...change,
  };
}
