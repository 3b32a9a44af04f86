import { describe, expect, it } from 'vitest';
import { Doubt } from './doubt.ts';
import type { InventoryEntry } from './inventory.ts';
import { type ReadCounts, readGraph } from './reading.ts';
import { digest, hour, longAgo, now, repo, tagNamed, World } from './testing/world.ts';

const { signal } = new AbortController();

async function doubtOf(world: World): Promise<Doubt> {
  const answer: unknown = await world.read().catch((error: unknown) => error);
  if (!(answer instanceof Doubt)) throw new Error('no doubt was raised');
  return answer;
}

describe('reading a storage', () => {
  it('reads every kind of thing, and tells how far it is', async () => {
    const world = new World().push('a', 'img', { config: 'c', layers: ['l'] }).tag('a', 't', 'img');
    const seen: ReadCounts[] = [];
    const progress = (counts: Readonly<ReadCounts>): void => void seen.push({ ...counts });
    const { graph } = await readGraph(world, { seed: 1, progress }, signal);
    expect(seen.at(-1)).toEqual({ repository: 1, tag: 1, revision: 1, manifest: 1, layer: 2, data: 3 });
    expect(graph.tagOf(0)).toMatchObject({ repository: 'a', tag: 't', digest: digest('img'), modifiedAt: longAgo });
    expect(graph.layerOf(0)).toMatchObject({ repository: 'a', digest: digest('c'), target: digest('c') });
    const img = graph.digests.find(digest('img')) ?? -1;
    expect(Array.from(graph.references(img), (each) => graph.digests.digest(each))).toEqual([digest('c'), digest('l')]);
  });

  it('reads more manifests than it asks for at once', async () => {
    const world = new World();
    for (let n = 0; n < 150; n++) world.push('a', `m${n}`);
    const graph = await world.read();
    expect(graph.edges.manifest.length).toBe(150);
  });

  it('an empty storage is an answer', async () => {
    expect((await new World().read()).digests.size).toBe(0);
  });

  it('G1: a revision whose content is missing ends the reading and is named', async () => {
    const world = new World().push('a', 'img');
    world.data.delete(digest('img'));
    expect(await doubtOf(world)).toMatchObject({ object: `a@${digest('img')}` });
  });

  it('G1: a manifest that is not understood ends the reading and is named', async () => {
    const world = new World().push('a', 'img');
    world.manifests.set(digest('img'), { is: 'notUnderstood', why: 'not a JSON object' });
    expect((await doubtOf(world)).message).toBe(`a@${digest('img')}: not a JSON object`);
  });

  const early: InventoryEntry[] = [
    { kind: 'repository', repository: repo('z') },
    { kind: 'tag', repository: repo('z'), tag: tagNamed('t'), digest: digest('m'), modifiedAt: 1 },
    { kind: 'revision', repository: repo('z'), digest: digest('m') },
    { kind: 'layer', repository: repo('z'), digest: digest('m'), target: digest('m') },
  ];

  it.each(early)('G1: a $kind listed after data ends the reading', async (entry) => {
    const world = new World();
    world.entries = async function* (): AsyncGenerator<readonly InventoryEntry[]> {
      yield [{ kind: 'data', digest: digest('m') }, entry];
    };
    expect((await doubtOf(world)).message).toBe(`inventory: a ${entry.kind} listed after what must come later`);
  });

  it('G1: data listed after data is in order', async () => {
    const world = new World().store('m').store('n');
    expect((await world.read()).data.digest.length).toBe(2);
  });

  it('G1: a listing that fails takes the reading with it', async () => {
    const world = new World();
    world.entries = async function* (): AsyncGenerator<readonly InventoryEntry[]> {
      yield [];
      throw new Error('input/output error');
    };
    await expect(world.read()).rejects.toThrow('input/output error');
  });

  it('stops when it is told to', async () => {
    const stopped = AbortSignal.abort(new Error('stopped'));
    const reading = readGraph(new World().push('a', 'm'), { seed: 1, progress: () => undefined }, stopped);
    await expect(reading).rejects.toThrow('stopped');
  });

  it('reads what tombstones name, though nothing links it any more', async () => {
    const world = new World().push('a', 'img', { layers: ['l'] }).bury('a', 'img');
    world.revisions.clear();
    const graph = await world.read();
    expect(graph.isRead(graph.digests.find(digest('img')) ?? -1)).toBe(true);
  });

  it('takes a tombstone that is written while it lists, and one that an undelete takes away', async () => {
    const world = new World().push('a', 'one').push('a', 'two').bury('a', 'one');
    const first = [...world.buried];
    let asked = 0;
    world.bury('a', 'two');
    const second = world.buried.slice(1);
    world.tombstones = async () => (asked++ === 0 ? first : second);
    expect((await world.read()).tombstones.map(({ id }) => id)).toEqual(['t0', 't1']);
  });

  it('G1: bytes that an index lists as a manifest and nobody links have no children, whatever they are', async () => {
    const world = new World().push('a', 'idx', { manifests: ['bytes', 'absent'] }).store('bytes');
    world.manifests.set(digest('bytes'), { is: 'notUnderstood', why: 'not a JSON object' });
    const graph = await world.read();
    expect(graph.isRead(graph.digests.find(digest('bytes')) ?? -1)).toBe(false);
    expect(graph.isRead(graph.digests.find(digest('idx')) ?? -1)).toBe(true);
  });

  it('names what dangles, and goes on: a tag without its revision, a tombstone without its content', async () => {
    const world = new World().tag('a', 'gone', 'img').bury('a', 'other', { until: now + hour });
    const { dangling } = await world.read();
    expect(dangling).toEqual([
      { object: 'tombstone t0', missing: digest('other') },
      { object: 'a:gone', missing: digest('img') },
    ]);
  });
});
