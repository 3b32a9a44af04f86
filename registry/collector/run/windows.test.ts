import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TokenLog } from '../../../core/window/journal.ts';
import type { SmallFile } from '../../storage/driver.ts';
import { FilesystemDriver } from '../../storage/filesystem/driver.ts';
import { CollectorWorld, settings } from '../testing/collectorWorld.ts';
import { repositoryNamed, tagNamed } from '../testing/imageTree.ts';
import { RunProgress } from './progress.ts';
import { Windows } from './windows.ts';

const app = repositoryNamed('team/app');
const agreeingMs = 10;
const lookMs = 5;

let world: CollectorWorld;
beforeEach(async () => {
  world = new CollectorWorld();
  await world.open();
});
afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

/** A storage on which every read of a small file takes its time. */
class SlowToRead extends FilesystemDriver {
  readonly #takesTime: () => void;

  constructor(root: string, takesTime: () => void) {
    super(root);
    this.#takesTime = takesTime;
  }

  override readSmall(path: string, limitBytes: number, signal: AbortSignal): Promise<SmallFile | undefined> {
    this.#takesTime();
    return super.readSmall(path, limitBytes, signal);
  }
}

// Counted as agreeing, which larger windows may take as long for again, it let them grow until they lapsed.
it('W6: counts the second look at every request as a part of what larger windows take longer for', async () => {
  let now = 0;
  const mono = (): number => now;
  const driver = new SlowToRead(world.tree.root, () => {
    now += lookMs;
  });
  const ports = { ...world.ports(driver, world.records), mono };
  const told = { mono, write: () => Promise.resolve(), tell: () => undefined };
  const run = { id: world.freshRun(), mode: 'execute', executor: 'test', startedAt: 0 } as const;
  const windows = new Windows(ports, settings, new RunProgress(run, told), world.signal);

  const life = (await world.replica()).replica.state?.life;
  if (life === undefined) throw new Error('no life');
  for (let n = 0; n < 60; n += 1) {
    const tag = tagNamed(`v${n}`);
    world.tree.image('team/app', `image ${n}`, { tag });
    const target = { kind: 'tag', repository: app, tag } as const;
    await world.records.requests.open({ id: randomUUID(), life, target }, world.signal);
  }
  const gate = await world.records.gates.read(world.signal);
  if (gate === undefined) throw new Error('no gate');

  const held: number[] = [];
  while (held.length < 2) {
    const batch = await windows.choose(gate, true);
    if (batch === undefined) throw new Error('nobody waits');
    held.push(batch.held.count);
    now += agreeingMs;
    const storageNow = await world.driver.now(world.signal);
    await windows.spare(TokenLog.empty, storageNow);
    while ((await windows.removeNext(storageNow)).more);
    await windows.settle();
    windows.ended();
  }
  expect(held).toEqual([16, 4]);
});
