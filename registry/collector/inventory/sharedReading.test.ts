import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InventoryEntry } from '../../../core/reach/inventory.ts';
import { layout } from '../../storage/layout.ts';
import { ImageTree, repositoryNamed } from '../testing/imageTree.ts';
import { patientThreads } from '../testing/patientThreads.ts';
import { type Helper, SharedReading } from './sharedReading.ts';
import { type HandedOver, helpWithOne, SharedCounters, type SharedRound } from './sharedRound.ts';
import { SyncTree } from './syncTree.ts';
import { startHelper } from './threadHelper.ts';
import { TreeInventory } from './treeInventory.ts';
import type { TreeReader } from './treeReader.ts';

const { signal } = new AbortController();
const kinds = ['repository', 'tag', 'revision', 'layer', 'data'];

/** A helper in this thread: it reads so many directories whenever it is asked what it has read. */
class StepwiseHelper implements Helper {
  readonly #tree: TreeReader;
  readonly #each: number;
  protected readonly read: HandedOver[] = [];
  #round: SharedRound | undefined;
  ended = 0;

  constructor(tree: TreeReader, each: number) {
    this.#tree = tree;
    this.#each = each;
  }

  begin(round: SharedRound): void {
    this.#round = round;
  }

  received(): HandedOver | undefined {
    const round = this.#round;
    if (round !== undefined) {
      for (let reads = 0; reads < this.#each; reads += 1) {
        void helpWithOne(round, this.#tree, (read) => this.read.push(read));
      }
    }
    return this.read.shift();
  }

  end(): Promise<void> {
    this.ended += 1;
    return Promise.resolve();
  }
}

/** Sleeps on what it has read in a round until the next. */
class SleepyHelper extends StepwiseHelper {
  readonly #late: HandedOver[] = [];

  override begin(round: SharedRound): void {
    this.#late.push(...this.read.splice(0));
    super.begin(round);
  }

  override received(): HandedOver | undefined {
    super.received();
    return this.#late.shift();
  }
}

describe('a walk that two threads read for', () => {
  let tree: ImageTree;
  beforeEach(() => {
    tree = new ImageTree(mkdtempSync(join(tmpdir(), 'coppice-shared-')));
    for (let number = 0; number < 40; number += 1) {
      tree.image(`team/app-${number}`, `image ${number}`, { tag: `v${number}`, layers: ['base', `own ${number}`] });
      tree.image(`team/app-${number}`, `untagged ${number}`);
    }
  });
  afterEach(() => {
    rmSync(tree.root, { recursive: true, force: true });
  });

  const sharing = (helper: () => Helper): SharedReading =>
    new SharedReading({ startHelper: helper, isLong: true, spentMs: () => 0 });

  async function walk(shared?: SharedReading, reader: TreeReader = new SyncTree(tree.root)): Promise<InventoryEntry[]> {
    const helpers = shared === undefined ? {} : { shared };
    const inventory = new TreeInventory(reader, () => Promise.resolve([]), helpers);
    const all: InventoryEntry[] = [];
    for await (const batch of inventory.entries(signal)) all.push(...batch);
    return all;
  }

  /** Within a kind in no order. */
  function sorted(entries: readonly InventoryEntry[]): string[] {
    return entries.map((entry) => JSON.stringify(entry)).toSorted();
  }

  function hasOrder(entries: readonly InventoryEntry[]): boolean {
    return entries.every(({ kind }, at) => kinds.indexOf(kind) >= kinds.indexOf(entries[at - 1]?.kind ?? 'repository'));
  }

  it.each([1, 2, 1000])(
    'G1: finds what one finds, and in its order, where a helper reads %i at a time',
    async (each) => {
      const shared = sharing(() => new StepwiseHelper(new SyncTree(tree.root), each));
      const all = await walk(shared);
      expect(sorted(all)).toEqual(sorted(await walk()));
      expect(hasOrder(all)).toBe(true);
      expect(shared.taken).toBeGreaterThan(40);
    },
  );

  it('G1: reads nothing of a step before the one before it is through', async () => {
    const order: string[] = [];
    const telling = (): TreeReader => {
      const reader = new SyncTree(tree.root);
      const list = reader.list.bind(reader);
      reader.list = (path) => {
        const step = ['/tags', '/revisions', '/_layers', '/blobs/'].findIndex((part) => path.includes(part));
        if (step >= 0) order.push(String(step));
        return list(path);
      };
      return reader;
    };
    await walk(
      sharing(() => new StepwiseHelper(telling(), 3)),
      telling(),
    );
    expect(order).toEqual(order.toSorted());
    expect(new Set(order).size).toBe(4);
  });

  it('G1: reads again what a helper began and does not say, and passes over what it says too late', async () => {
    const shared = sharing(() => new SleepyHelper(new SyncTree(tree.root), 3));
    expect(sorted(await walk(shared))).toEqual(sorted(await walk()));
    expect(shared.taken).toBe(0);
  });

  it('G1: takes once what a helper says when it was read again', async () => {
    const late: HandedOver[] = [];
    const helper = new StepwiseHelper(new SyncTree(tree.root), 1);
    const received = helper.received.bind(helper);
    let asked = 0;
    helper.received = () => {
      const said = received();
      if (said !== undefined) late.push(said);
      return (asked += 1) % 50 === 0 ? late.shift() : undefined;
    };
    expect(sorted(await walk(sharing(() => helper)))).toEqual(sorted(await walk()));
  });

  it('G1: meets itself what a helper cannot read, and ends the helper', async () => {
    const link = `${layout.tags(repositoryNamed('team/app-7'))}/v7/current/link`;
    tree.drop(link);
    symlinkSync('nowhere', tree.place(link));
    const helper = new StepwiseHelper(new SyncTree(tree.root), 1000);
    await expect(walk(sharing(() => helper))).rejects.toMatchObject({ object: link });
    expect(helper.ended).toBe(1);
  });

  it('reads itself a link that means another digest than its name', async () => {
    const [named, meant] = ['c'.repeat(128), `sha256:${'d'.repeat(64)}`];
    tree.write(`${layout.layers(repositoryNamed('team/app-7'))}/sha512/${named}/link`, meant);
    const all = await walk(sharing(() => new StepwiseHelper(new SyncTree(tree.root), 1000)));
    expect(all).toContainEqual(expect.objectContaining({ digest: `sha512:${named}`, target: meant }));
  });

  it('begins a helper for a walk that turns out to be long, and none for another', async () => {
    let spent = 0;
    let helpers = 0;
    const startHelper = (): Helper => {
      helpers += 1;
      return new StepwiseHelper(new SyncTree(tree.root), 1);
    };
    const short = new SharedReading({ startHelper, isLong: false, spentMs: () => 0 });
    expect(sorted(await walk(short))).toEqual(sorted(await walk()));
    expect(helpers).toBe(0);
    const long = new SharedReading({ startHelper, isLong: false, spentMs: () => (spent += 10) });
    expect(sorted(await walk(long))).toEqual(sorted(await walk()));
    expect(helpers).toBe(1);
    expect(long.taken).toBeGreaterThan(40);
  });

  describe('with a helper in a thread', () => {
    const repositories = Array.from({ length: 40 }, (_, number) => repositoryNamed(`team/app-${number}`));
    const directories = repositories.map((repository) => ({ of: 'layers', repository }) as const);
    let helper: Helper;
    beforeEach(() => {
      helper = startHelper(tree.root);
    });
    afterEach(async () => {
      await helper.end();
    });

    async function said(): Promise<HandedOver> {
      let said: HandedOver | undefined;
      await expect.poll(() => (said ??= helper.received()), { timeout: 60_000, interval: 1 }).toBeDefined();
      if (said === undefined) throw new Error('nothing was said');
      return said;
    }

    it('is told all of it, and never more at once than may wait', async () => {
      const counters = SharedCounters.ofRound(0);
      helper.begin({ number: 1, directories, counters });
      for (const [at] of directories.entries()) {
        const { entries, ...read } = await said();
        expect(read).toEqual({ round: 1, at });
        expect(counters.claimed).toBe(at + 1);
        counters.take(entries.digests.length);
      }
    });

    it('goes on to the next step though nobody took what it read in one that is over', async () => {
      const counters = SharedCounters.ofRound(0);
      helper.begin({ number: 1, directories, counters });
      expect(await said()).toMatchObject({ round: 1, at: 0 });
      counters.end();
      helper.begin({ number: 2, directories, counters: SharedCounters.ofRound() });
      let { round } = await said();
      while (round === 1) ({ round } = await said());
      expect(round).toBe(2);
    });

    it('finds the same', async () => {
      const shared = sharing(() => startHelper(tree.root));
      expect(sorted(await walk(shared))).toEqual(sorted(await walk()));
    });

    it.runIf(process.platform === 'linux')('leaves the processors to whoever serves', async () => {
      helper.begin({ number: 1, directories, counters: SharedCounters.ofRound() });
      await said();
      expect(patientThreads()).toBeGreaterThanOrEqual(1);
    });
  });
});
