import { describe, expect, it } from 'vitest';
import { parseRunId, type RunId } from '../window/identity.ts';
import type { Kind, Marked } from './mark.ts';
import { confirm, SuspectSet } from './suspects.ts';
import { digest, hour, now, sha256, World } from './testing/world.ts';

function runNamed(text: string): RunId {
  const run = parseRunId(text);
  if (run === undefined) throw new Error(`a test names ${text}`);
  return run;
}

/** What a mark that began so many hours ago found, of these manifests, each with a layer of its own. */
async function markOf(names: readonly string[], hoursAgo: number): Promise<Marked> {
  const world = new World();
  for (const name of names) world.push('a', name, { layers: [`layer-of-${name}`] });
  return world.mark({ now: now - hoursAgo * hour });
}

async function suspectsOf(names: readonly string[], hoursAgo: number): Promise<SuspectSet> {
  return SuspectSet.of(await markOf(names, hoursAgo), runNamed(`run-${hoursAgo * 60}m`), sha256);
}

function confirmedOf(marked: Marked, earlier: readonly SuspectSet[], confirmAfterMs = hour): Record<Kind, number> {
  const { rows } = confirm(marked, earlier, confirmAfterMs, sha256);
  return { manifest: rows.manifest.length, layer: rows.layer.length, data: rows.data.length };
}

const none = { manifest: 0, layer: 0, data: 0 };

describe('suspects', () => {
  it('G4: one mark gives nothing up, two that are far enough apart what both named', async () => {
    const marked = await markOf(['x', 'y'], 0);
    expect(confirmedOf(marked, [])).toEqual(none);
    expect(confirmedOf(marked, [await suspectsOf(['y', 'z'], 2)])).toEqual({ manifest: 1, layer: 1, data: 2 });
    expect(confirmedOf(marked, [await suspectsOf(['x', 'y'], 0.5)])).toEqual(none);
  });

  it('G4: a mark in between that did not name it takes it out', async () => {
    const marked = await markOf(['x', 'y'], 0);
    const earlier = [await suspectsOf(['x', 'y'], 2), await suspectsOf(['x'], 0.5)];
    expect(confirmedOf(marked, earlier)).toEqual({ manifest: 1, layer: 1, data: 2 });
  });

  it('G4: confirmAfter 0 asks no other mark', async () => {
    const marked = await markOf(['x', 'y'], 0);
    expect(confirmedOf(marked, [], 0)).toEqual({ manifest: 2, layer: 2, data: 4 });
  });

  it('G4: a mark from before the newest that is old enough is not asked, and not needed any more', async () => {
    const marked = await markOf(['x'], 0);
    const earlier = [await suspectsOf([], 9), await suspectsOf(['x'], 2), await suspectsOf(['x'], 0.5)];
    expect(confirmedOf(marked, earlier).manifest).toBe(1);
    expect([...confirm(marked, earlier, hour, sha256).needed]).toEqual(['run-120m', 'run-30m']);
    expect([...confirm(marked, earlier.slice(2), hour, sha256).needed]).toEqual(['run-30m']);
    expect(confirm(marked, earlier, 0, sha256).needed.size).toBe(0);
  });

  it('G4: another target makes it another link', async () => {
    const before = await new World().layer('a', 'wide', { target: 'one' }).mark({ now: now - 2 * hour });
    const marked = await new World().layer('a', 'wide', { target: 'two' }).mark();
    expect(confirmedOf(marked, [SuspectSet.of(before, runNamed('run'), sha256)])).toEqual(none);
  });

  it('G4, G5: what a manifest refers to does not go in a run whose listing leaves that manifest out', async () => {
    const world = new World().push('a', 'index', { manifests: ['x'] }).push('a', 'x', { layers: ['layer'] });
    const before = SuspectSet.of(await world.mark({ now: now - 2 * hour }), runNamed('run'), sha256);
    expect(confirmedOf(await world.mark(), [before])).toEqual({ manifest: 2, layer: 1, data: 3 });
    const listings = [
      { without: 'index', left: { manifest: 0, layer: 1, data: 1 } },
      { without: 'x', left: { manifest: 1, layer: 0, data: 1 } },
    ];
    const revisions = [...world.revisions];
    for (const { without, left } of listings) {
      world.revisions.clear();
      for (const [key, entry] of revisions) if (entry.digest !== digest(without)) world.revisions.set(key, entry);
      expect(confirmedOf(await world.mark(), [before])).toEqual(left);
    }
  });

  it('G4, G5: nor does what so many share that they are remembered by a hash', async () => {
    const world = new World();
    for (let at = 0; at < 12; at += 1) world.push(at % 2 === 0 ? 'a' : 'b', `x${at}`, { layers: ['base'] });
    const before = SuspectSet.of(await world.mark({ now: now - 2 * hour }), runNamed('run'), sha256);
    expect(confirmedOf(await world.mark(), [before])).toEqual({ manifest: 12, layer: 2, data: 13 });
    for (const [key, entry] of world.revisions) if (entry.digest === digest('x0')) world.revisions.delete(key);
    expect(confirmedOf(await world.mark(), [before])).toEqual({ manifest: 11, layer: 0, data: 11 });
  });

  it('come back as they were written', async () => {
    const set = await suspectsOf(['x', 'y', 'z'], 2);
    const decoded = SuspectSet.decode(set.encode());
    expect(decoded).toMatchObject({ run: set.run, beganAt: set.beganAt, size: 12 });
    expect(decoded?.encode()).toEqual(set.encode());
    expect(confirmedOf(await markOf(['x'], 0), decoded === undefined ? [] : [decoded]).manifest).toBe(1);
  });

  it('G1: nothing that was cut, lengthened or changed in its frame is read as suspects', async () => {
    const bytes = (await suspectsOf(['x', 'y'], 2)).encode();
    const keysAt = bytes.length - 8 * 16;
    for (let length = 0; length < bytes.length; length++)
      expect(SuspectSet.decode(bytes.subarray(0, length))).toBeUndefined();
    expect(SuspectSet.decode(Uint8Array.of(...bytes, 0))).toBeUndefined();
    const changed = (at: number, byte: number): Uint8Array => bytes.with(at, byte);
    expect(SuspectSet.decode(changed(0, 0))).toBeUndefined(); // magic
    expect(SuspectSet.decode(changed(8, 2))).toBeUndefined(); // version
    expect(SuspectSet.decode(changed(9, 255))).toBeUndefined(); // length of the name
    expect(SuspectSet.decode(changed(10, 0))).toBeUndefined(); // name
    expect(SuspectSet.decode(changed(keysAt - 12, 0x7f).with(keysAt - 11, 0xf8))).toBeUndefined(); // began at NaN
    expect(SuspectSet.decode(changed(keysAt - 1, 7))).toBeUndefined(); // count
    expect(SuspectSet.decode(changed(keysAt, 255).with(keysAt + 1, 255))).toBeUndefined(); // order
  });
});
