import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../../core/oci/digest.ts';
import { Doubt } from '../../../core/reach/doubt.ts';
import type { Gate } from '../../../core/window/gate.ts';
import type { LifeId } from '../../../core/window/identity.ts';
import { TokenLog } from '../../../core/window/journal.ts';
import { digestToken, tagToken, type Token } from '../../../core/window/token.ts';
import type { DeletionRequest } from '../../records/requests.ts';
import type { SmallFile } from '../../storage/driver.ts';
import { FilesystemDriver } from '../../storage/filesystem/driver.ts';
import { layout } from '../../storage/layout.ts';
import { HandClock } from '../../window/testing/handClock.ts';
import { hashToken } from '../../window/tokenHash.ts';
import { CollectorWorld, settings } from '../testing/collectorWorld.ts';
import { repositoryNamed, tagNamed } from '../testing/imageTree.ts';
import { RunProgress } from './progress.ts';
import { Windows } from './windows.ts';

const app = repositoryNamed('team/app');
const agreeingMs = 10;
const tagMs = 5;

let world: CollectorWorld;
let clock: HandClock;
/** Reads of tags. */
let reads: number;
let gate: Gate;
let life: LifeId;
beforeEach(async () => {
  world = new CollectorWorld();
  await world.open();
  clock = new HandClock();
  reads = 0;
  const { state } = (await world.replica()).replica;
  const found = await world.records.gates.read(world.signal);
  if (state === undefined || found === undefined) throw new Error('no life, or no gate');
  life = state.life;
  gate = found;
});
afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

/** A storage on which every read of a tag takes its time. */
class SlowTags extends FilesystemDriver {
  override readSmall(path: string, limitBytes: number, signal: AbortSignal): Promise<SmallFile | undefined> {
    if (path.startsWith(layout.tags(app))) {
      reads += 1;
      clock.advance(tagMs);
    }
    return super.readSmall(path, limitBytes, signal);
  }
}

/** Those of a run of requests, on a clock of its own. */
function windowsOfRun(): Windows {
  const { mono, timers } = clock;
  const ports = { ...world.ports(new SlowTags(world.tree.root), world.records), mono, timers };
  const told = { mono, write: () => Promise.resolve(), tell: () => undefined };
  const run = { id: world.freshRun(), mode: 'execute', executor: 'test', startedAt: 0 } as const;
  return new Windows(ports, settings, new RunProgress(run, told), world.signal);
}

async function request(target: DeletionRequest['target'], id: string = randomUUID()): Promise<string> {
  await world.records.requests.open({ id, life, target }, world.signal);
  return id;
}

/** One window, to its end: how much it held when it was agreed on, how much was left of that, and how many tags were read meanwhile. */
async function serve(
  windows: Windows,
  beforeAcknowledged: () => TokenLog = () => TokenLog.empty,
): Promise<{ readonly held: number; readonly left: number; readonly reads: number }> {
  const batch = await windows.choose(gate, true);
  if (batch === undefined) throw new Error('nobody waits');
  const before = reads;
  const touched = beforeAcknowledged();
  clock.advance(agreeingMs);
  const storageNow = await world.driver.now(world.signal);
  const left = await windows.spare(touched, storageNow);
  if (left.count > 0) while ((await windows.removeNext(storageNow)).more);
  await windows.settle();
  await world.driver.endWindow(batch.window, world.signal);
  windows.ended();
  return { held: batch.held.count, left: left.count, reads: reads - before };
}

const touching = (...tokens: Token[]): TokenLog => TokenLog.empty.with(tokens.map(hashToken));

// Counted as what a window takes whatever it holds, it once let windows grow until they lapsed.
it('W6: makes windows smaller when the second look at every request takes long', async () => {
  for (let n = 0; n < 60; n += 1) {
    const tag = tagNamed(`v${n}`);
    world.tree.image('team/app', `image ${n}`, { tag });
    await request({ kind: 'tag', repository: app, tag });
  }
  const windows = windowsOfRun();
  expect([(await serve(windows)).held, (await serve(windows)).held]).toEqual([16, 1]);
});

describe('a DELETE in a repository of many tags', () => {
  let digest: Digest;
  let id: string;
  let windows: Windows;
  beforeEach(async () => {
    ({ digest } = world.tree.image('team/app', 'one', { tag: 'v1' }));
    for (let n = 0; n < 30; n += 1) world.tree.image('team/app', `other ${n}`, { tag: `other-${n}` });
    id = await request({ kind: 'manifest', repository: app, digest });
    windows = windowsOfRun();
  });
  const isTagged = (tag: string): boolean => world.tree.exists(layout.tagDirectory(app, tagNamed(tag)));
  const outcome = async (): Promise<unknown> => world.records.requests.find(id, world.signal);

  it('W6: is looked at before a window, and not again in it, where no journal names any of it', async () => {
    expect(await serve(windows)).toEqual({ held: 0, left: 0, reads: 0 });
    expect(await serve(windows)).toEqual({ held: 2, left: 2, reads: 0 });
    expect(await outcome()).toEqual({ is: 'done', outcome: { is: 'deleted' } });
    expect(isTagged('v1')).toBe(false);
    expect(isTagged('other-1')).toBe(true);
  });

  it('G2: takes along a tag that came before anybody had a journal of this run', async () => {
    const untold = (): TokenLog => {
      world.tree.tag('team/app', 'late', digest);
      return TokenLog.empty;
    };
    expect(await serve(windows, untold)).toMatchObject({ left: 0 });
    expect(await serve(windows)).toEqual({ held: 3, left: 3, reads: 0 });
    expect([isTagged('v1'), isTagged('late')]).toEqual([false, false]);
  });

  it('G2: is looked at again where a journal names it: a tag that came since makes it wait for a window that holds it, too', async () => {
    await serve(windows);
    const pushed = touching(digestToken(digest), tagToken(app, tagNamed('late')));
    const told = (): TokenLog => {
      world.tree.tag('team/app', 'late', digest);
      return pushed;
    };
    expect(await serve(windows, told)).toMatchObject({ held: 2, left: 0, reads: 32 });
    expect(isTagged('v1')).toBe(true);
    expect(await serve(windows, () => pushed)).toMatchObject({ held: 3, left: 3 });
    expect([isTagged('v1'), isTagged('late')]).toEqual([false, false]);
  });

  it('G2: leaves a tag alone that was pushed anew since', async () => {
    await serve(windows);
    const told = (): TokenLog => {
      const since = world.tree.image('team/app', 'since', { tag: 'v1' });
      return touching(tagToken(app, tagNamed('v1')), digestToken(since.digest));
    };
    expect(await serve(windows, told)).toMatchObject({ held: 2, left: 1 });
    expect(await outcome()).toEqual({ is: 'done', outcome: { is: 'deleted' } });
    expect(isTagged('v1')).toBe(true);
  });

  it('D4: keeps what came since and refers to anything that goes along', async () => {
    const index = world.tree.index('team/app', [digest]);
    await serve(windows);
    await request({ kind: 'manifest', repository: app, digest: index });
    let artifact: Digest | undefined;
    const told = (): TokenLog => {
      artifact = world.tree.image('team/app', 'signature', { subject: digest }).digest;
      return touching(digestToken(digest), digestToken(artifact));
    };
    await serve(windows, told);
    const kept = (await world.records.tombstones.list(world.signal)).find((tombstone) => tombstone.digest === index);
    expect(kept?.group).toContain(artifact);
  });

  it('G1: ends in doubt at a tag that cannot be understood, and does not take it for one that takes long', async () => {
    world.tree.write(`${layout.tags(app)}/-/current/link`, digest); // the first of all, so that no time goes by before it
    await expect(windows.choose(gate, true)).rejects.toThrow(Doubt);
  });

  it('D3: is refused where a manifest that came since refers to it', async () => {
    await serve(windows);
    let index: Digest | undefined;
    const told = (): TokenLog => {
      index = world.tree.index('team/app', [digest], 'index');
      return touching(digestToken(digest), digestToken(index));
    };
    await serve(windows, told);
    expect(await outcome()).toEqual({ is: 'done', outcome: { is: 'referredTo', referrers: [index] } });
    expect(isTagged('v1')).toBe(true);
  });

  it('D3: is refused for a layer, too, where a manifest that came since needs it', async () => {
    const layer = world.tree.layer('team/app', 'alone').digest;
    await serve(windows);
    const asked = await request({ kind: 'blob', repository: app, digest: layer });
    let image: Digest | undefined;
    const told = (): TokenLog => {
      image = world.tree.image('team/app', 'since', { layers: ['alone'] }).digest;
      return touching(digestToken(image), digestToken(layer));
    };
    await serve(windows, told);
    expect(await world.records.requests.find(asked, world.signal)).toMatchObject({ outcome: { referrers: [image] } });
    expect(world.tree.exists(layout.layerLink(app, layer))).toBe(true);
  });

  it('D3: goes in the window in which all goes that refers to it', async () => {
    const index = world.tree.index('team/app', [digest], 'index');
    const before = { kind: 'manifest', repository: app, digest: index } as const;
    const parent = await request(before, `0-${randomUUID()}`); // claimed before it
    expect(await serve(windows)).toMatchObject({ left: 0 });
    await serve(windows);
    for (const each of [parent, id])
      expect(await world.records.requests.find(each, world.signal)).toEqual({ is: 'done', outcome: { is: 'deleted' } });
  });
});
