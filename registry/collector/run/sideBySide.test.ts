import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layout } from '../../storage/layout.ts';
import { StorageError } from '../../storage/driver.ts';
import { FilesystemDriver } from '../../storage/filesystem/driver.ts';
import { CollectorWorld, minute } from '../testing/collectorWorld.ts';
import { app } from '../testing/scenes.ts';

const layers = Array.from({ length: 20 }, (_, number) => `layer ${number}`);

/** Of which removals are in flight with which. */
class Watched extends FilesystemDriver {
  readonly #inFlight = new Set<string>();
  readonly together: (readonly string[])[] = [];
  failing: string | undefined;
  /** For this one the first window is over. */
  late: string | undefined;
  slowDoor: (removed: number) => void = () => undefined;
  #inDoor = 0;

  override async endWindow(...args: Parameters<FilesystemDriver['endWindow']>): Promise<void> {
    await super.endWindow(...args);
    this.slowDoor(this.#inDoor);
    this.#inDoor = 0;
  }

  override async remove(...args: Parameters<FilesystemDriver['remove']>): ReturnType<FilesystemDriver['remove']> {
    const [, path] = args;
    this.#inFlight.add(path);
    this.together.push([...this.#inFlight]);
    this.#inDoor += 1;
    try {
      if (path === this.failing) throw new StorageError(path, 'EIO');
      if (path === this.late) {
        this.late = undefined;
        return 'windowOver';
      }
      return await super.remove(...args);
    } finally {
      this.#inFlight.delete(path);
    }
  }
}

function kindOf(path: string): string {
  if (path.startsWith(`${layout.blobs}/`)) return 'data';
  return path.includes('/_layers/') ? 'layer' : 'manifest';
}

describe('removals in a window', () => {
  let world: CollectorWorld;
  let driver: Watched;
  let garbage: ReturnType<CollectorWorld['tree']['image']>;
  beforeEach(async () => {
    world = new CollectorWorld();
    await world.open();
    world.tree.image('team/app', 'kept', { tag: 'v1', layers: ['own'] });
    garbage = world.tree.image('team/app', 'garbage', { layers });
    world.tree.age(10 * minute);
    driver = new Watched(world.tree.root);
  });
  afterEach(async () => {
    await world.close();
  });

  it('G5: go side by side within a kind, and no kind before all that refers to it has gone', async () => {
    const report = await world.collect({}, {}, { driver });
    expect(report.ended?.reason).toBe('Completed');
    expect(report.sweep.removedBySteps).toMatchObject({ manifest: 1, layer: 21, data: 22 });
    const kinds = driver.together.map((paths) => new Set(paths.map(kindOf)));
    expect(kinds.filter(({ size }) => size !== 1)).toEqual([]);
    expect([...new Set(kinds.flatMap((each) => [...each]))]).toEqual(['manifest', 'layer', 'data']);
    expect(Math.max(...driver.together.map(({ length }) => length))).toBe(8);
  });

  it('W6: make a window smaller when it takes long to make them durable and to close the door behind them', async () => {
    let more = 0;
    driver.slowDoor = (removed) => {
      more += removed * 100_000; // beside which the rest of a window is nothing, on any machine
    };
    const report = await world.collect({}, {}, { driver, mono: () => performance.now() + more });
    expect(report.ended?.reason).toBe('Completed');
    expect(report.windows.count).toBe(15); // 1, 16, 4 and then 2 by 2; where that is not counted, the 44 removals take 4 windows
  });

  it('G5: one that comes when its window is over has not gone, and nothing goes that it refers to', async () => {
    const link = layout.layerDirectory(app, garbage.config);
    driver.late = link;
    const report = await world.collect({}, {}, { driver });
    expect(report.ended?.reason).toBe('Superseded'); // somebody else has ended the window of a run that was too slow
    expect(world.tree.exists(link)).toBe(true);
    expect(driver.together.flat().map(kindOf)).not.toContain('data');
    expect(await world.collect({}, {}, { driver })).toMatchObject({ ended: { reason: 'Completed' } });
    expect(world.tree.exists(link)).toBe(false);
    expect(world.tree.exists(layout.blob(garbage.config))).toBe(false);
  });

  it('G1: one that fails ends the run, and nothing goes that what stays refers to', async () => {
    driver.failing = layout.layerDirectory(app, garbage.config);
    const report = await world.collect({}, {}, { driver });
    expect(report.ended?.reason).toBe('StorageError');
    expect(driver.together.flat().map(kindOf)).not.toContain('data');
    expect(driver.together.at(-1)?.length).toBeGreaterThan(1);
  });
});
