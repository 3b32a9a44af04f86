import { isDeepStrictEqual } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { Conflict } from '../resources/home.ts';
import { emptyShelves } from '../resources/shelf.ts';
import { ShelvedHome } from '../resources/shelvedHome.ts';
import { RequestWorld } from './testing/requestWorld.ts';
import { approved, end } from './testing/scenarios.ts';

const { signal } = new AbortController();

describe('a DeleteRequest that is read from shelves', () => {
  let world: RequestWorld;
  /** The watches come to what stands now. */
  let hear: () => Promise<void>;
  beforeEach(async () => {
    const shelves = emptyShelves();
    world = new RequestWorld(({ home, replicas }) => ({ home: new ShelvedHome(home, shelves), replicas }));
    // As on a cluster: what is the same is not sent, so that nobody says Conflict.
    const applyStatus = world.home.applyStatus.bind(world.home);
    world.home.applyStatus = async (observed, status, its) =>
      isDeepStrictEqual(observed.status, status) ? observed : applyStatus(observed, status, its);
    hear = async () => {
      shelves.Registry.fill(await world.home.list('Registry', signal));
      shelves.DeleteRequest.fill(await world.home.list('DeleteRequest', signal));
    };
    await world.registry();
    await world.request();
    await hear();
    await world.settle();
    await world.request(approved);
    await hear();
  });

  it('is carried out although no watch tells of its own writes', async () => {
    await world.settle();
    expect(world.replicas.orders).toHaveLength(1);
    await world.settle();
    await end(world, 1);
    await world.settle();
    expect(await world.seen()).toMatchObject({ succeeded: 'True', reason: 'Completed' });
    expect(world.replicas.begun).toHaveLength(1);
  });

  it('orders nothing of a Registry that was suspended meanwhile, and goes on once that is over', async () => {
    await world.registry({ suspend: true });
    await expect(world.step()).rejects.toThrow(Conflict);
    expect(world.replicas.orders).toEqual([]);
    await hear();
    await world.settle();
    expect(world.replicas.orders).toEqual([]);
    await world.registry({ suspend: false });
    await hear();
    await world.settle();
    expect(world.replicas.orders).toHaveLength(1);
  });

  it('orders nothing that was taken back meanwhile, also where there was nothing to write', async () => {
    await world.registry({ suspend: true });
    await expect(world.step()).rejects.toThrow(Conflict); // its run is on record, and was not ordered
    await world.registry({ suspend: false });
    await hear();
    await world.request({ suspend: true });
    const { resourceVersion } = (await world.object).metadata;
    await expect(world.step()).rejects.toThrow(Conflict);
    expect((await world.object).metadata.resourceVersion).toBe(resourceVersion);
    expect(world.replicas.orders).toEqual([]);
    await world.settle(); // what met a conflict is read anew
    expect([(await world.seen()).reason, world.replicas.orders]).toEqual(['Suspended', []]);
  });

  it('orders nothing where the time that its Registry allows was over before all was written', async () => {
    const opened = new Date(world.now);
    const schedule = `${opened.getUTCMinutes()} ${opened.getUTCHours()} * * *`;
    await world.registry({ collection: { allowed: [{ schedule, duration: '1h' }] } });
    await hear();
    const applyStatus = world.home.applyStatus.bind(world.home);
    world.home.applyStatus = async (...asked) => {
      world.now += 2 * 3_600_000;
      world.home.applyStatus = applyStatus;
      return applyStatus(...asked);
    };
    await expect(world.step()).rejects.toThrow(Conflict);
    expect(world.replicas.orders).toEqual([]);
  });

  it('does not delete itself where it is to stay since a moment ago', async () => {
    await world.request({ ttlSecondsAfterFinished: 60 });
    await hear();
    await world.settle();
    await world.settle();
    world.replicas.end(await world.run());
    await world.settle();
    await hear();
    await world.request({ ttlSecondsAfterFinished: 3600 });
    world.now += 61_000;
    await expect(world.step()).rejects.toThrow(Conflict);
    expect(await world.isGone).toBe(false);
    await world.settle();
    expect(await world.isGone).toBe(false);
  });
});
