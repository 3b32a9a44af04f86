import { describe, expect, it } from 'vitest';
import { repositoryNamed, sha256, tagNamed } from '../../collector/testing/imageTree.ts';
import { type Coverage, encodeJournalHead } from '../../records/pullFiles.ts';
import { layout } from '../../storage/layout.ts';
import { known, type MakeStorage, namesAt, signal } from '../../storage/testing/testStorage.ts';
import { silentMs } from '../coverage.ts';
import { hourMs } from '../merge.ts';
import { pullIdOf } from '../pulled.ts';
import { EvidenceWorld, hears } from './evidenceWorld.ts';

const app = repositoryNamed('team/app');
const other = repositoryNamed('team/other');
const [v1, image] = [tagNamed('v1'), sha256('image')];

/** What holds of evidence on every kind of storage. */
export function describeEvidence(name: string, make: MakeStorage): void {
  const on = async (body: (world: EvidenceWorld) => Promise<void>): Promise<void> => {
    const storage = await make();
    try {
      await body(new EvidenceWorld(storage.another()));
    } finally {
      await storage.dispose();
    }
  };

  describe(`evidence of pulls, ${name}`, () => {
    it('is what two replicas heard, whoever merges it and how often', () =>
      on(async (world) => {
        const [one, two] = [await world.recorder('one'), await world.recorder('two')];
        hears(one, app, v1);
        hears(two, app, image);
        hears(two, other, v1);
        await Promise.all([one.say(signal), two.say(signal)]);
        await Promise.all([world.merge(), world.merge(), world.merge()]);
        const asOf = await world.now();
        await Promise.all([one.say(signal), two.say(signal)]);
        await Promise.all([one.say(signal), two.say(signal)]); // made up after the others were written
        const found = known(await world.read(app, asOf));
        expect(found.tag(v1)).toBe(asOf);
        expect(found.manifest(image)).toBe(asOf);
        expect(found.tag(tagNamed('v2'))).toBeUndefined();
        expect((await world.read(other, asOf))?.manifest(image)).toBeUndefined();
        expect(await namesAt(world.driver, layout.pullWordsOf('one'))).toEqual([]);
        expect(await namesAt(world.driver, layout.pullCoverages)).toHaveLength(1);
      }));

    it('leaves a recorder its folder while it may be about to say its first word, and not for ever', () =>
      on(async (world) => {
        const one = await world.recorder('one');
        const early = layout.pullWord('early', 0);
        await world.driver.create(early, new Uint8Array([1]), signal);
        await world.driver.discard(early, signal); // between the two calls that make a folder and what is in it
        await world.merge();
        expect(await namesAt(world.driver, layout.pullWords)).toEqual(['early', 'one']);
        world.aheadMs = 2 * hourMs;
        await one.say(signal);
        await world.merge();
        expect(await namesAt(world.driver, layout.pullWords)).not.toContain('early');
      }));

    it('is as old as the pull, not as the word that tells of it, and a little younger', () =>
      on(async (world) => {
        const one = await world.recorder('one');
        hears(one, app, v1);
        world.pass(5 * hourMs);
        await one.say(signal);
        await one.say(signal);
        await world.merge();
        const asOf = await world.now();
        await one.say(signal);
        await one.say(signal);
        const ago = asOf - known((await world.read(app, asOf))?.tag(v1));
        expect(ago).toBeGreaterThan(2.9 * hourMs);
        expect(ago).toBeLessThanOrEqual(5 * hourMs);
      }));

    it('R1: is nothing where a recorder has not told of all that it heard until then', () =>
      on(async (world) => {
        const one = await world.recorder('one');
        await one.say(signal);
        world.aheadMs = 1000; // times of files may be the same for some milliseconds
        const asOf = await world.now();
        hears(one, app, v1);
        expect(await world.read(app, asOf)).toBeUndefined();
      }));

    it('begins anew after a recorder that was killed, and has what it said', () =>
      on(async (world) => {
        const one = await world.recorder('one');
        hears(one, app, v1);
        await one.say(signal);
        const before = known(await world.merge());
        const two = await world.recorder('two');
        world.instances = ['two']; // the life of the other was fenced
        world.aheadMs = silentMs - 1000;
        expect((await world.merge())?.since).toBe(before.since);
        world.aheadMs = silentMs + 5000;
        await two.say(signal);
        const after = known(await world.merge());
        expect(after.since).toBeGreaterThan(before.since + silentMs);
        await two.end(signal);
        const found = await world.read(app, await world.now());
        expect(found).toBeUndefined(); // two has been silent on that clock as well
      }));

    /** Recorder `one` was killed after it had heard of `image`; on the storage's clock that was long ago. */
    const killed = async (world: EvidenceWorld): Promise<Coverage> => {
      const [one, two] = [await world.recorder('one'), await world.recorder('two')];
      hears(one, app, v1);
      await one.say(signal);
      const before = known(await world.merge());
      const entries = [pullIdOf(app, `@${image}`), Buffer.from('cut sho')];
      const journal = Buffer.concat([encodeJournalHead(world.kernel), ...entries]);
      await world.driver.write(layout.pullJournal('one'), journal, signal);
      await two.end(signal);
      world.instances = ['one']; // its life stands until it is fenced
      world.aheadMs = silentMs + 5000;
      return before;
    };

    it('goes on after a recorder that was killed and left its journal, and has what is in it', () =>
      on(async (world) => {
        const before = await killed(world);
        expect(await world.merge()).toMatchObject({ since: before.since, isPartial: false });
        world.aheadMs = 0;
        const found = known(await world.read(app, await world.now()));
        expect(found.since).toBe(before.since);
        expect(found.tag(v1)).toBeDefined();
        expect(found.manifest(image)).toBeDefined();
        world.aheadMs = 2 * hourMs;
        await world.recorder('three');
        await world.merge();
        expect(await namesAt(world.driver, layout.pullJournals)).toEqual([]);
      }));

    it('R1: is nothing after a recorder that was killed on another machine, until somebody there has read its journal', () =>
      on(async (world) => {
        const before = await killed(world);
        const here = world.kernel;
        world.kernel = 'e'.repeat(36);
        expect((await world.merge())?.since).toBe(before.since);
        world.aheadMs = 0;
        expect(await world.read(app, await world.now())).toBeUndefined();
        world.kernel = here;
        world.aheadMs = silentMs + 5000;
        await world.merge();
        world.aheadMs = 0;
        expect((await world.read(app, await world.now()))?.manifest(image)).toBeDefined();
      }));

    it('goes on after a recorder that said its last word', () =>
      on(async (world) => {
        const one = await world.recorder('one');
        hears(one, app, v1);
        const { since } = known(await world.merge());
        await one.end(signal);
        world.instances = [];
        const found = known(await world.read(app, await world.now()));
        expect(found.since).toBe(since);
        expect(found.tag(v1)).toBeDefined();
      }));

    it('R1: is nothing where nobody ever recorded, and begins anew beside a life that does not', () =>
      on(async (world) => {
        expect(await world.read(app, await world.now())).toBeUndefined();
        const one = await world.recorder('one');
        const { since } = known(await world.merge());
        world.instances = ['one', 'old'];
        expect((await world.merge())?.since).toBeGreaterThan(since);
        await one.end(signal);
      }));

    it('R1: of a shard that was lost or damaged is nothing, and then begins anew', () =>
      on(async (world) => {
        const one = await world.recorder('one');
        hears(one, app, v1);
        await one.say(signal);
        const { shards } = known(await world.merge());
        const [shard] = Object.values(shards);
        await one.end(signal);
        world.instances = [];
        await world.driver.write(layout.pullShard(known(shard)), Buffer.from('damaged'), signal);
        const asOf = await world.now();
        expect(await world.read(app, asOf)).toBeUndefined();
        expect((await world.read(other, asOf))?.since).toBeLessThan(asOf);
        const two = await world.recorder('two');
        hears(two, app, v1);
        await two.say(signal);
        const mended = known(await world.merge());
        expect(mended.since).toBeGreaterThan(asOf);
        await two.end(signal);
        expect((await world.read(app, await world.now()))?.tag(v1)).toBeDefined();
      }));

    it('R1: of words or a coverage that were lost or damaged begins anew', () =>
      on(async (world) => {
        const one = await world.recorder('one');
        const { since } = known(await world.merge());
        await one.say(signal);
        await world.driver.write(layout.pullWord('one', 1), Buffer.from('cut sho'), signal);
        const second = known(await world.merge());
        expect(second.since).toBeGreaterThan(since);
        await one.say(signal);
        await world.driver.discard(layout.pullWord('one', 2), signal);
        await one.say(signal);
        const third = known(await world.merge());
        expect(third.since).toBeGreaterThan(second.since);
        const [n] = known(await namesAt(world.driver, layout.pullCoverages));
        await world.driver.write(layout.pullCoverage(Number(n)), Buffer.from('damaged'), signal);
        await one.say(signal);
        expect((await world.merge())?.since).toBeGreaterThan(third.since);
      }));

    it('keeps what could not be written for the next word, whether it was written or not', () =>
      on(async (world) => {
        const one = await world.recorder('one');
        hears(one, app, v1);
        await expect(one.say(AbortSignal.abort(new Error('no disk')))).rejects.toThrow();
        await world.driver.create(layout.pullWord('one', 1), Buffer.from('what was written though it failed'), signal);
        await one.say(signal);
        const { since } = known(await world.merge());
        await one.end(signal);
        world.instances = [];
        const found = known(await world.read(app, await world.now()));
        expect(found.tag(v1)).toBeDefined();
        expect(found.since).toBeGreaterThanOrEqual(since);
      }));
  });
}
