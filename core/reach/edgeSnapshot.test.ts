import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDigest } from '../oci/digest.ts';
import { StaleSnapshot } from './doubt.ts';
import { decodeEdges, type EdgeSnapshot, encodeEdges } from './edgeSnapshot.ts';
import type { Graph } from './graph.ts';
import type { InventoryEntry } from './inventory.ts';
import { type ReadGraph, readGraph } from './reading.ts';
import { worlds } from './testing/randomWorld.ts';
import { digest, hour, longAgo, now, sha256, World } from './testing/world.ts';

const { signal } = new AbortController();

async function readWith(world: World, snapshot?: EdgeSnapshot, seed = 7): Promise<ReadGraph> {
  return readGraph(world, { seed, progress: () => undefined, snapshot }, signal);
}

/** A seed for which nothing of these few digests is read again, and one for which the first of them is. */
const [trusting, checking] = [15, 0];

async function snapshotOf(world: World): Promise<EdgeSnapshot> {
  const snapshot = decodeEdges(encodeEdges((await readWith(world)).graph));
  if (snapshot === undefined) throw new Error('not understood');
  return snapshot;
}

/** Who refers to whom, in names, whatever the numbers. */
function edgesOf(graph: Graph): unknown {
  return Array.from(graph.edges.manifest, (manifest, number) => [
    graph.digests.digest(manifest),
    Array.from(graph.references(manifest), (target) => graph.digests.digest(target)),
    [...graph.roles(manifest)],
    graph.subject(manifest) === undefined ? undefined : graph.digests.digest(graph.subject(manifest) ?? 0),
    graph.edges.ownBytes[number],
  ]).sort();
}

/** Counts how often a manifest is read. */
function counting(world: World): { readonly reads: string[] } {
  const reads: string[] = [];
  const manifest = world.manifest.bind(world);
  world.manifest = async (named) => {
    reads.push(named);
    return manifest(named);
  };
  return { reads };
}

describe('a snapshot of edges', () => {
  it('tells a mark all that reading every manifest would', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, fc.integer(), async (world, seed) => {
        const read = (await readWith(world)).graph;
        const known = (await readWith(world, await snapshotOf(world), seed)).graph;
        expect(edgesOf(known)).toEqual(edgesOf(read));
        expect(known.dangling).toEqual(read.dangling);
      }),
      { numRuns: 300 },
    );
  });

  it('spares reading, keeps what it does not know yet apart, and says how much of it has become useless', async () => {
    const world = new World().push('a', 'img', { config: 'c', layers: ['l'] }).push('a', 'gone');
    const snapshot = await snapshotOf(world);
    world.revisions.delete(`a@${digest('gone')}`);
    world.push('a', 'idx', { manifests: ['img'] });
    const { reads } = counting(world);
    const { newToSnapshot } = await readWith(world, snapshot, trusting);
    expect(reads).toEqual([digest('idx')]);
    expect(newToSnapshot).toBe(2);
    expect((await readWith(world, await snapshotOf(world), trusting)).newToSnapshot).toBe(0);
  });

  it('knows digests of sha512, subjects, sizes and children', async () => {
    const wide = parseDigest(`sha512:${sha256('w')}${sha256('w')}`);
    if (wide === undefined) throw new Error('no digest');
    const world = new World()
      .push('a', 'img', { config: 'c', layers: ['l'] })
      .push('a', 'idx', { manifests: ['img'] })
      .push('a', 'sig', { subject: 'idx', foreign: ['f'] });
    const references = [{ digest: wide, role: 'layer', foreign: false } as const];
    const manifest = { kind: 'image', mediaType: '', references, annotations: {} } as const;
    world.manifests.set(digest('wide'), { is: 'manifest', manifest });
    world.store('wide', 50).link('a', 'wide');
    const read = (await readWith(world)).graph;
    expect(edgesOf((await readWith(world, await snapshotOf(world), trusting)).graph)).toEqual(edgesOf(read));
  });

  it('G1: reads some of what it knows all the same, and ends where the storage says otherwise', async () => {
    const world = new World().push('a', 'img', { config: 'c', layers: ['l'] });
    const snapshot = await snapshotOf(world);
    const { reads } = counting(world);
    await readWith(world, snapshot, checking);
    expect(reads).toEqual([digest('img')]);
    world.describe('img', { config: 'c', layers: ['other'] });
    await expect(readWith(world, snapshot, checking)).rejects.toThrow(StaleSnapshot);
    await expect(readWith(world, snapshot, checking)).rejects.toThrow('the snapshot of the graph says otherwise');
  });

  it.each([
    ['a subject', { config: 'c', layers: ['l'], subject: 'x' }],
    ['fewer references', { config: 'c' }],
    ['another role', { layers: ['c', 'l'] }],
  ])('G1: notices %s', async (_what, content) => {
    const world = new World().push('a', 'img', { config: 'c', layers: ['l'] });
    const snapshot = await snapshotOf(world);
    await expect(readWith(world.describe('img', content), snapshot, checking)).rejects.toThrow(StaleSnapshot);
  });

  it('G1: holds the subject that it knows against the one that it reads', async () => {
    const world = new World().push('a', 'sig', { subject: 'img' }).push('a', 'img');
    const snapshot = await snapshotOf(world);
    const { reads } = counting(world);
    await readWith(world, snapshot, checking);
    expect(reads).toEqual([digest('sig')]);
    await expect(readWith(world.describe('sig', {}), snapshot, checking)).rejects.toThrow(StaleSnapshot);
    await expect(readWith(world.describe('sig', { subject: 'x' }), snapshot, checking)).rejects.toThrow(StaleSnapshot);
  });

  it('takes a reference without a size for the same when it is read again', async () => {
    const references = [{ digest: digest('l'), role: 'layer', foreign: false } as const];
    const manifest = { kind: 'image', mediaType: '', references, annotations: {} } as const;
    const world = new World().store('l').push('a', 'img');
    world.manifests.set(digest('img'), { is: 'manifest', manifest });
    const snapshot = await snapshotOf(world);
    const { reads } = counting(world);
    expect((await readWith(world, snapshot, checking)).newToSnapshot).toBe(0);
    expect(reads).toEqual([digest('img')]);
  });

  it.each(['manifest', 'layer'] as const)('G1: notices another size of a %s', async (which) => {
    const world = new World().push('a', 'img', { config: 'c', layers: ['l'] });
    const snapshot = await snapshotOf(world);
    if (which === 'manifest') world.store('img', 99);
    else world.store('l', 99).describe('img', { config: 'c', layers: ['l'] });
    await expect(readWith(world, snapshot, checking)).rejects.toThrow(StaleSnapshot);
  });

  it('G1: a revision whose content is gone ends the reading, though its edges are known', async () => {
    const world = new World().push('a', 'img').push('b', 'other');
    const snapshot = await snapshotOf(world);
    world.data.delete(digest('img'));
    await expect(readWith(world, snapshot, trusting)).rejects.toMatchObject({ object: `a@${digest('img')}` });
  });

  it('what tombstones name and is gone is dangling, as without it; once', async () => {
    const world = new World().push('a', 'img').push('a', 'kept').bury('a', 'img').bury('a', 'kept');
    world.revisions.delete(`a@${digest('img')}`);
    const snapshot = await snapshotOf(world);
    world.bury('b', 'img').data.delete(digest('img'));
    const { graph } = await readWith(world, snapshot, trusting);
    expect(graph.dangling).toEqual([{ object: 'tombstone t0', missing: digest('img') }]);
    expect(graph.dangling).toEqual((await readWith(world)).graph.dangling);
  });

  it('is not understood when anything of it is not as it was written', async () => {
    const world = new World().push('a', 'img', { config: 'c', layers: ['l'] }).push('a', 'sig', { subject: 'img' });
    const encoded = encodeEdges((await readWith(world)).graph);
    expect(decodeEdges(encoded)).toBeDefined();
    const changed = (at: number, word: number): Uint8Array => {
      const bytes = encoded.slice();
      new Uint32Array(bytes.buffer, at * 4, 1)[0] = word;
      return bytes;
    };
    expect(decodeEdges(encoded.slice(0, 20))).toBeUndefined();
    expect(decodeEdges(encoded.slice(0, -1))).toBeUndefined();
    for (const at of [0, 1, 2, 3]) expect(decodeEdges(changed(at, 7))).toBeUndefined(); // name, version, byte order
    for (const at of [4, 5, 6, 7]) expect(decodeEdges(changed(at, 99))).toBeUndefined(); // counts
    // img, sig, their two references and the manifests themselves: 4 digests, 2 manifests, 2 edges
    const manifestAt = 8 + 2 * (2 + 2) + 4 * 8;
    const [startsAt, targetAt, subjectAt] = [manifestAt + 2, manifestAt + 5, manifestAt + 7];
    expect(decodeEdges(changed(manifestAt, 4))).toBeUndefined();
    expect(decodeEdges(changed(startsAt, 1))).toBeUndefined();
    expect(decodeEdges(changed(startsAt + 1, 3))).toBeUndefined();
    expect(decodeEdges(changed(startsAt + 2, 1))).toBeUndefined();
    expect(decodeEdges(changed(targetAt, 4))).toBeUndefined();
    expect(decodeEdges(changed(subjectAt + 1, 5))).toBeUndefined();
    expect(decodeEdges(encoded.with(encoded.length - 1, 9))).toBeUndefined(); // a role
  });
});

describe('looking at what may go', () => {
  async function looksOf(world: World, looksAtAll?: boolean): Promise<string[]> {
    const asked: string[] = [];
    const look = world.look.bind(world);
    world.look = async (entries) => {
      asked.push(...entries.map((entry) => `${entry.kind} ${entry.digest}`));
      return look(entries);
    };
    await readGraph(world, { seed: 1, progress: () => undefined, ...(looksAtAll && { looksAtAll }) }, signal);
    return asked.sort();
  }

  it('leaves out what a tag leads to', async () => {
    const world = new World()
      .push('a', 'img', { config: 'c', layers: ['l'] })
      .push('a', 'sig', { config: 'sc', subject: 'img' })
      .push('a', 'loose', { layers: ['l2'] })
      .tag('a', 't', 'img')
      .layer('b', 'l');
    // What is reached is reached by its bytes everywhere; its link only where a manifest stands that needs it.
    const loose = [`data ${digest('l2')}`, `data ${digest('loose')}`, `layer ${digest('l')}`, `layer ${digest('l2')}`];
    const untagged = [`revision ${digest('loose')}`, `revision ${digest('sig')}`];
    expect(await looksOf(world)).toEqual([...loose, ...untagged].sort());
    expect(await looksOf(world, true)).toHaveLength(3 + 5 + 7);
  });

  it('looks at the link of a manifest that only another repository tags', async () => {
    const world = new World()
      .push('a', 'img')
      .link('b', 'img')
      .link('c', 'img')
      .tag('a', 't', 'img')
      .tag('c', 't', 'img');
    expect(await looksOf(world)).toEqual([`revision ${digest('img')}`]);
  });

  it('G3: keeps what a tag names as if it were young, and knows the age of what none names', async () => {
    const world = new World().push('a', 'img').push('a', 'loose').tag('a', 't', 'img');
    const graph = await world.read();
    const ages = Array.from(graph.revisions.digest.keys(), (row): [string, number] => {
      const { digest: name, modifiedAt } = graph.revisionOf(row);
      return [name, modifiedAt];
    });
    expect(Object.fromEntries(ages)).toEqual({ [digest('img')]: Infinity, [digest('loose')]: longAgo });
  });

  it('looks at revisions before manifests are read, though layers are listed together with them', async () => {
    const world = new World().push('a', 'img', { layers: ['l'] }).push('a', 'gone');
    const look = world.look.bind(world);
    const all: InventoryEntry[] = [];
    for await (const batch of world.entries()) all.push(...batch);
    world.entries = async function* (): AsyncGenerator<readonly InventoryEntry[]> {
      yield all;
    };
    world.data.delete(digest('gone'));
    world.look = async (entries) =>
      (await look(entries)).map((each, at) => (entries[at]?.digest === digest('gone') ? undefined : each));
    const graph = await world.read(); // a link that stood would put its missing content into doubt
    expect([...graph.revisions.digest].map((each) => graph.digests.digest(each))).toEqual([digest('img')]);
    expect(graph.isRead(graph.digests.find(digest('img')) ?? -1)).toBe(true); // else nothing would keep its layers
  });

  it('takes what was listed and is not there for absent', async () => {
    const world = new World().layer('a', 'l', { modifiedAt: now - 2 * hour });
    world.look = async (entries) => entries.map(() => undefined);
    const graph = await world.read();
    expect([graph.layers.digest.length, graph.data.digest.length]).toEqual([0, 0]);
  });

  it('takes what a link means from its content, where that is another digest than was listed', async () => {
    const world = new World().layer('a', 'l');
    world.look = async (entries) => entries.map(() => ({ sizeBytes: 72, modifiedAt: now, target: digest('meant') }));
    const graph = await world.read();
    expect(graph.layerOf(0)).toMatchObject({ digest: digest('l'), target: digest('meant') });
  });
});
