import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Change,
  Conflict,
  type Draft,
  Gone,
  Invalid,
  type Kind,
  keyOf,
  type Resource,
  type ResourceHome,
} from '../home.ts';

/** A home, and the hands of its user. What they do is done when they say so. */
export interface HomeUnderTest {
  readonly home: ResourceHome;
  apply(draft: Draft<'DeleteRequest'> | Draft<'Registry'>): Promise<void>;
  remove(kind: Kind, name: string): Promise<void>;
  /** What was told of the object of this name, as `REASON xCOUNT`, in no order: two of one millisecond have none. */
  events(name: string): Promise<readonly string[]>;
  /** Versions that it does not know any more, or never gave; may be `earlier`, from which something has changed since. */
  goneVersions(earlier: string): readonly string[];
  /** Soon, if it cannot be done at once. */
  endWatches(): void;
  close(): Promise<void>;
}

const { signal } = new AbortController();
/** An API server collects what nobody owns in its own time. */
const patience = { timeout: 55_000 };
const digest = `sha256:${'9f'.repeat(32)}`;

export function requestDraft(name: string, more: Partial<Draft<'DeleteRequest'>['spec']> = {}): Draft<'DeleteRequest'> {
  const targets = [{ repository: 'team-a/app', digest }];
  return {
    kind: 'DeleteRequest',
    metadata: { namespace: 'default', name },
    spec: { registryRef: { name: 'main' }, targets, referrers: 'Delete', mode: 'Preview', suspend: false, ...more },
  };
}

function runDraft(name: string, owner: Resource<'Registry'>): Draft<'CollectionRun'> {
  const { apiVersion, kind, metadata } = owner;
  const ownerReferences = [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true }];
  return {
    kind: 'CollectionRun',
    metadata: { namespace: 'default', name, ownerReferences },
    spec: { registryRef: { name: metadata.name }, mode: 'Execute', untagged: 'Keep' },
  };
}

const registryDraft: Draft<'Registry'> = {
  kind: 'Registry',
  metadata: { namespace: 'default', name: 'main' },
  spec: { endpoints: ['http://127.0.0.1:5443'] },
};

async function take<K extends Kind>(changes: AsyncIterable<Change<K>>, count: number): Promise<Change<K>[]> {
  const taken: Change<K>[] = [];
  for await (const change of changes) {
    taken.push(change);
    if (taken.length === count) break;
  }
  return taken;
}

function told(changes: readonly Change<Kind>[]): string[] {
  return changes.map((change) =>
    change.type === 'BOOKMARK' ? 'BOOKMARK' : `${change.type} ${change.object.metadata.name}`,
  );
}

/** One suite for both homes. */
export function describeHome(name: string, make: () => Promise<HomeUnderTest>): void {
  describe(`${name}, as an API server`, () => {
    let tested: HomeUnderTest;
    let home: ResourceHome;
    beforeEach(async () => {
      tested = await make();
      ({ home } = tested);
    });
    afterEach(async () => tested.close());

    const get = async (named: string): Promise<Resource<'DeleteRequest'> | undefined> =>
      home.get('DeleteRequest', { namespace: 'default', name: named }, signal);
    const applied = async (draft: Draft<'DeleteRequest'>): Promise<Resource<'DeleteRequest'>> => {
      await tested.apply(draft);
      return (await get(draft.metadata.name)) ?? expect.fail(`${draft.metadata.name} is not there`);
    };

    it('gives an object its uid, generation 1, a creation time and the status of what nobody has looked at', async () => {
      const { metadata, spec, status } = await applied(requestDraft('a'));
      expect(metadata).toMatchObject({ namespace: 'default', name: 'a', generation: 1 });
      expect(metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
      expect(metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(metadata.deletionTimestamp).toBeUndefined();
      expect(status).toEqual({ observedGeneration: -1 });
      expect(spec).toEqual(requestDraft('a').spec);
    });

    it('counts a generation when the spec changes, and for nothing else but a deletion', async () => {
      const first = await applied(requestDraft('a'));
      const draft = requestDraft('a', { mode: 'Execute' });
      const second = await applied(draft);
      expect(second.metadata).toMatchObject({ uid: first.metadata.uid, generation: 2 });
      const annotations = { 'coppice.dev/requestedAt': 'now' };
      const third = await applied({ ...draft, metadata: { ...draft.metadata, annotations } });
      expect(third.metadata).toMatchObject({ generation: 2, annotations });
      const fourth = await home.applyStatus(third, { observedGeneration: 2 }, signal);
      const fifth = await home.setFinalizers(fourth, ['coppice.dev/run'], signal);
      expect(fifth.metadata.generation).toBe(2);
      const versions = [first, second, third, fourth, fifth].map(({ metadata }) => metadata.resourceVersion);
      expect(new Set(versions).size).toBe(5);
    });

    it('changes nothing where the same is applied again', async () => {
      const first = await applied(requestDraft('a'));
      expect(await applied(requestDraft('a'))).toEqual(first);
    });

    it('leaves the status to who writes it, whatever a user applies', async () => {
      const first = await applied(requestDraft('a'));
      await home.applyStatus(first, { observedGeneration: 1, completionTime: '2026-11-23T12:00:00Z' }, signal);
      const { status } = await applied(requestDraft('a', { mode: 'Execute' }));
      expect(status).toEqual({ observedGeneration: 1, completionTime: '2026-11-23T12:00:00Z' });
    });

    it('writes a status over the version observed, and no other', async () => {
      const first = await applied(requestDraft('a'));
      const second = await home.applyStatus(first, { observedGeneration: 1 }, signal);
      expect(second.status).toEqual({ observedGeneration: 1 });
      expect(await get('a')).toEqual(second);
      await expect(home.applyStatus(first, { observedGeneration: 2 }, signal)).rejects.toThrow(Conflict);
      await expect(home.setFinalizers(first, ['coppice.dev/run'], signal)).rejects.toThrow(
        'Operation cannot be fulfilled on deleterequests.coppice.dev "a": the object has been modified',
      );
      expect(await get('a')).toEqual(second);
    });

    it('lets one of several writers over one version win', async () => {
      const first = await applied(requestDraft('a'));
      const writes = Array.from({ length: 8 }, async (_, at) =>
        home.applyStatus(first, { observedGeneration: at }, signal),
      );
      const outcomes = await Promise.allSettled(writes);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('writes nothing where a status is the same', async () => {
      const first = await home.applyStatus(await applied(requestDraft('a')), { observedGeneration: 1 }, signal);
      expect(await home.applyStatus(first, { observedGeneration: 1 }, signal)).toEqual(first);
      expect(await get('a')).toEqual(first);
    });

    it('says Conflict to who observed an object that is gone, or was made again', async () => {
      const first = await applied(requestDraft('a'));
      await tested.remove('DeleteRequest', 'a');
      await expect(home.applyStatus(first, { observedGeneration: 1 }, signal)).rejects.toThrow(Conflict);
      const second = await applied(requestDraft('a'));
      expect(second.metadata.uid).not.toBe(first.metadata.uid);
      await expect(home.applyStatus(first, { observedGeneration: 1 }, signal)).rejects.toThrow(Conflict);
    });

    it('creates once, and says exists of what is there whatever it holds', async () => {
      const made = await home.create(requestDraft('a'), signal);
      expect(made).toMatchObject({ metadata: { generation: 1 } });
      expect(await home.create(requestDraft('a', { suspend: true }), signal)).toBe('exists');
      expect(await get('a')).toEqual(made);
      const racers = Array.from({ length: 8 }, async () => home.create(requestDraft('b'), signal));
      expect((await Promise.all(racers)).filter((one) => one !== 'exists')).toHaveLength(1);
    });

    it('deletes the object of this uid alone, and takes one that is gone as done', async () => {
      const first = await applied(requestDraft('a'));
      await home.delete('DeleteRequest', keyOf(first), 'another', signal);
      expect(await get('a')).toEqual(first);
      await home.delete('DeleteRequest', keyOf(first), first.metadata.uid, signal);
      expect(await home.get('DeleteRequest', { namespace: 'elsewhere', name: 'a' }, signal)).toBeUndefined();
      await home.delete('DeleteRequest', keyOf(first), first.metadata.uid, signal);
    });

    it('keeps what is deleted until its last finalizer is lifted', async () => {
      const first = await home.setFinalizers(await applied(requestDraft('a')), ['coppice.dev/run', 'b.dev/c'], signal);
      await tested.remove('DeleteRequest', 'a');
      const second = (await get('a')) ?? expect.fail('it went too early');
      expect(second.metadata).toMatchObject({
        uid: first.metadata.uid,
        generation: 2,
        finalizers: ['coppice.dev/run', 'b.dev/c'],
      });
      expect(second.metadata.deletionTimestamp).toMatch(/Z$/);
      const third = await home.setFinalizers(second, ['b.dev/c'], signal);
      await expect(home.setFinalizers(third, ['b.dev/c', 'late.dev/d'], signal)).rejects.toThrow(Invalid);
      await home.applyStatus(third, { observedGeneration: 2 }, signal);
      await home.setFinalizers((await get('a')) ?? expect.fail('it went too early'), [], signal);
      expect(await get('a')).toBeUndefined();
    });

    it('deletes what belongs to an object that is gone, and nothing else', async () => {
      await tested.apply(registryDraft);
      const owner = await home.get('Registry', registryDraft.metadata, signal);
      const run = runDraft('main-1', owner ?? expect.fail('no registry'));
      await home.create(run, signal);
      await applied(requestDraft('a'));
      await tested.remove('Registry', 'main');
      await expect.poll(async () => home.get('CollectionRun', run.metadata, signal), patience).toBeUndefined();
      expect(await get('a')).toBeDefined();
      await home.create(run, signal); // by who has not heard yet that the owner is gone
      await expect.poll(async () => home.get('CollectionRun', run.metadata, signal), patience).toBeUndefined();
    });

    it('lists what is there, and a watch from there goes on without a gap', async () => {
      await applied(requestDraft('a'));
      const list = await home.list('DeleteRequest', signal);
      expect(list.items.map(({ metadata }) => metadata.name)).toEqual(['a']);
      const b = await applied(requestDraft('b'));
      await tested.apply(registryDraft);
      const changes = take(home.watch('DeleteRequest', list.resourceVersion, signal), 4);
      await home.applyStatus(b, { observedGeneration: 1 }, signal);
      await tested.remove('DeleteRequest', 'b');
      await applied(requestDraft('c'));
      expect(told(await changes)).toEqual(['ADDED b', 'MODIFIED b', 'DELETED b', 'ADDED c']);
    });

    it('tells changes in the order of their versions, those of concurrent writers too', async () => {
      const all = await Promise.all(
        Array.from({ length: 20 }, async (_, at) => home.create(requestDraft(`r${at}`), signal)),
      );
      const { resourceVersion } = await home.list('DeleteRequest', signal);
      const changes = take(home.watch('DeleteRequest', resourceVersion, signal), 20);
      await Promise.all(
        all.map(async (one) => (one === 'exists' ? one : home.applyStatus(one, { observedGeneration: 1 }, signal))),
      );
      const versions = (await changes).map((one) =>
        Number(one.type === 'BOOKMARK' ? one.resourceVersion : one.object.metadata.resourceVersion),
      );
      expect(versions).toEqual(versions.toSorted((left, right) => left - right));
    });

    it('ends a watch with a bookmark now and then, from which it goes on', async () => {
      const { resourceVersion } = await home.list('DeleteRequest', signal);
      const all: Change<'DeleteRequest'>[] = [];
      const watching = (async (): Promise<void> => {
        for await (const change of home.watch('DeleteRequest', resourceVersion, signal)) all.push(change);
      })();
      await applied(requestDraft('a'));
      await expect.poll(() => told(all), patience).toEqual(['ADDED a']);
      tested.endWatches();
      await watching;
      const last = all.at(-1);
      if (last?.type !== 'BOOKMARK') return expect.fail('no bookmark');
      tested.goneVersions(resourceVersion);
      const changes = take(home.watch('DeleteRequest', last.resourceVersion, signal), 1);
      await applied(requestDraft('b'));
      expect(told(await changes)).toEqual(['ADDED b']);
      return undefined;
    });

    it('says Gone of a version that it does not know any more, or never gave', async () => {
      const { resourceVersion } = await home.list('DeleteRequest', signal);
      await applied(requestDraft('a'));
      for (const version of tested.goneVersions(resourceVersion)) {
        await expect(take(home.watch('DeleteRequest', version, signal), 1)).rejects.toThrow(Gone);
      }
    });

    it('ends a watch that is not wanted any more', async () => {
      const { resourceVersion } = await home.list('DeleteRequest', signal);
      const stop = new AbortController();
      const changes = take(home.watch('DeleteRequest', resourceVersion, stop.signal), 1);
      stop.abort(new Error('enough'));
      await expect(changes).rejects.toThrow('enough');
    });

    it('counts the same event again, and lists another anew', async () => {
      const object = await applied(requestDraft('a'));
      for (const message of ['ended', 'ended', 'ended otherwise']) {
        home.record(object, { type: 'Normal', reason: 'Completed', message });
      }
      expect((await tested.events('a')).toSorted()).toEqual(['Completed x1', 'Completed x2']);
    });

    it('does nothing for who has given up already', async () => {
      const given = AbortSignal.abort(new Error('given up'));
      await expect(home.create(requestDraft('a'), given)).rejects.toThrow('given up');
      expect(await get('a')).toBeUndefined();
    });
  });
}
