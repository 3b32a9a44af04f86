import type { Digest } from '../../../core/oci/digest.ts';
import type { RepositoryName } from '../../../core/oci/reference.ts';
import type { CollectionItem, DecidedItem, PlanItem, PlannedTag, RequestItem } from '../../../core/reach/planItem.ts';
import { removesManifests, tokensOf } from '../../../core/reach/planItem.ts';
import type { RunId, WindowId } from '../../../core/window/identity.ts';
import type { TokenLog } from '../../../core/window/journal.ts';
import { digestToken, type Token } from '../../../core/window/token.ts';
import { layout } from '../../storage/layout.ts';
import { inParallel } from '../../storage/parallel.ts';
import type { Marker } from '../marker/marker.ts';
import type { RunPorts } from '../run/ports.ts';
import type { RunProgress } from '../run/progress.ts';
import { Stop } from '../run/stop.ts';
import { carryOut, type Deletion, type Removal, type UndoSpan } from './deletion.ts';
import { readTag, tagsNaming } from './standingTags.ts';

/** Each is one call, and most of it is waiting: the window that holds pushes is so much shorter. */
const removedAtOnce = 8;

/** What a window has to hold for a batch of the plan. */
export interface ChosenTokens {
  readonly candidates: number;
  readonly held: readonly Token[];
  readonly tombstones: readonly Token[];
}

/** All that was touched in this run so far, and all that got or gets a tombstone in it. */
export interface Seeds {
  readonly touched: TokenLog;
  readonly tombstones: TokenLog;
}

export interface AboutPlan {
  readonly run: RunId;
  /** Storage time of the last acknowledgement of MARKING, ms. */
  readonly acknowledgedAt: number;
  /** Keys of the requests that the plan carries out. */
  readonly requests: readonly string[];
}

/** The plan of one run, batch by batch. A subset of it goes, never anything else (G7). */
export class PlannedRemovals {
  readonly #ports: RunPorts;
  readonly #marker: Marker;
  readonly #progress: RunProgress;
  readonly #signal: AbortSignal;
  readonly #about: AboutPlan;
  #batch: readonly PlanItem[] = [];
  /** Decided items of this batch that changed since they were planned. */
  #changed: ReadonlySet<PlanItem> = new Set();
  #last: 'went' | 'stayed' | undefined;
  #sent = { touched: 0, tombstones: 0 };

  constructor(ports: RunPorts, marker: Marker, progress: RunProgress, about: AboutPlan, signal: AbortSignal) {
    this.#ports = ports;
    this.#about = about;
    this.#marker = marker;
    this.#progress = progress;
    this.#signal = signal;
  }

  async choose(limit: number): Promise<ChosenTokens | undefined> {
    await this.#tell();
    this.#batch = await this.#marker.choose(limit);
    if (this.#batch.length === 0) {
      await this.#writeDone();
      return undefined;
    }
    return {
      candidates: this.#batch.length,
      held: this.#batch.flatMap(tokensOf),
      tombstones: this.#batch.flatMap(tombstonesOf).map(digestToken),
    };
  }

  /** After the acknowledgements: takes out what was touched, protected or pushed again since the plan, and says what is still to be held. */
  async spare(seeds: Seeds, storageNow: number): Promise<readonly Token[]> {
    const { protections, unsure } = await this.#ports.records.protections.state(storageNow, this.#signal);
    const [source] = unsure;
    if (source !== undefined) throw new Stop('ProtectionsStale', `protections of ${source.source} are ${source.why}`);
    const { spared, batch, foreign } = await this.#marker.spare({
      touched: seeds.touched.since(this.#sent.touched),
      tombstones: seeds.tombstones.since(this.#sent.tombstones),
      protections,
      acknowledgedAt: this.#about.acknowledgedAt,
    });
    this.#sent = { touched: seeds.touched.size, tombstones: seeds.tombstones.size };
    if (foreign !== undefined)
      throw new Stop('ForeignWriter', `${foreign} was written by somebody who keeps no journal`);
    this.#batch = batch;
    const out = new Set(spared);
    const left = this.#batch.filter((_item, at) => !out.has(at));
    const changed = new Set<PlanItem>();
    const going = new Set<string>(); // manifests of this window before the one that is looked at: they are gone by its turn
    for (const item of left) {
      if (await this.#hasChanged(item, going)) changed.add(item);
      else if (isDecided(item) && removesManifests(item)) {
        for (const digest of goingOf(item)) going.add(manifestIn(item.repository, digest));
      }
    }
    this.#changed = changed;
    this.#progress.spared(
      batch.filter((_item, at) => out.has(at)).map((item) => ({ item, why: 'touched or protected' })),
    );
    this.#progress.spared([...changed].map((item) => ({ item, why: 'changed since the plan' })));
    const staysHeld = left.filter((item) => !changed.has(item));
    if (staysHeld.length === 0) await this.#passBatch(); // nothing is swept in this window, and the next must not choose the same again
    return staysHeld.flatMap(tokensOf);
  }

  async #passBatch(): Promise<void> {
    while ((await this.#marker.next(removedAtOnce)).length > 0) await this.#marker.told('stayed');
  }

  async removeNext(window: WindowId, span: UndoSpan): Promise<{ readonly removal: Removal; readonly more: boolean }> {
    await this.#tell();
    const named = await this.#marker.next(removedAtOnce);
    const items = named.map((at) => this.#batch[at]).filter((item) => item !== undefined);
    if (items.length === 0) return { removal: 'removed', more: false };
    if (items.some((item) => this.#changed.has(item))) {
      this.#last = 'stayed'; // decided items are named one by one
      return { removal: 'removed', more: true };
    }
    const removals = await inParallel(items, async (item) => this.#remove(window, item, span), removedAtOnce);
    if (removals.includes('windowOver')) return { removal: 'windowOver', more: true }; // a later run names them again: absent is done
    this.#last = 'went';
    for (const item of items) this.#progress.removed(item, span);
    return { removal: 'removed', more: true };
  }

  async settle(): Promise<void> {
    await this.#tell();
  }

  /** D1: before anybody is told that a request has ended. */
  async #writeDone(): Promise<void> {
    const at = await this.#ports.driver.now(this.#signal);
    for (const key of this.#about.requests) {
      await this.#ports.records.doneKeys.write(key, { at, run: this.#about.run }, this.#signal);
    }
  }

  /** What came of the last item, which the marker has to know before it says what may go next. */
  async #tell(): Promise<void> {
    if (this.#last !== undefined) await this.#marker.told(this.#last);
    this.#last = undefined;
  }

  async #remove(window: WindowId, item: PlanItem, span: UndoSpan): Promise<Removal> {
    switch (item.step) {
      case 'request':
      case 'tag':
      case 'untagged':
        return carryOut(this.#ports, window, deletionOf(item), span, undefined, this.#signal);
      case 'manifest':
      case 'layer':
      case 'data': {
        const outcome = await this.#ports.driver.remove(window, placeOf(item), this.#signal);
        return outcome === 'windowOver' ? 'windowOver' : 'removed'; // absent is done
      }
    }
  }

  /** D2, D3, G7: asked of the storage after the acknowledgements, so that whatever would change it now waits. */
  async #hasChanged(item: PlanItem, going: ReadonlySet<string>): Promise<boolean> {
    switch (item.step) {
      case 'tag':
        return this.#isPushedAgain(item, [item]);
      case 'request':
        return item.kind === 'tag' ? this.#isPushedAgain(item, item.tags) : this.#isManifestChanged(item, going);
      case 'untagged':
        return this.#isNeeded(item, going);
      default:
        return false;
    }
  }

  async #isPushedAgain({ repository, digest }: DecidedItem, tags: readonly PlannedTag[]): Promise<boolean> {
    for (const { tag, modifiedAt } of tags) {
      const now = await readTag(this.#ports.driver, repository, tag, this.#signal);
      if (now !== undefined && (now.digest !== digest || now.modifiedAt !== modifiedAt)) return true;
    }
    return false;
  }

  /** A tag that was not planned, or was pushed again, would dangle; one that is gone is done. */
  async #isManifestChanged(item: RequestItem, going: ReadonlySet<string>): Promise<boolean> {
    const planned = new Map(item.tags.map(({ tag, modifiedAt }) => [tag, modifiedAt]));
    const now = await tagsNaming(this.#ports.driver, item.repository, item.digest, this.#signal);
    return now.some(({ tag, modifiedAt }) => planned.get(tag) !== modifiedAt) || (await this.#isNeeded(item, going));
  }

  /** Whether a manifest that stays refers to one of the group. */
  async #isNeeded(
    { repository, digest, group }: Extract<DecidedItem, { step: 'request' | 'untagged' }>,
    going: ReadonlySet<string>,
  ): Promise<boolean> {
    for (const member of new Set([digest, ...group])) {
      const referrers = await this.#ports.referrers.of(repository, member, this.#signal);
      if (referrers.some((each) => !group.includes(each) && !going.has(manifestIn(repository, each)))) return true;
    }
    return false;
  }
}

function manifestIn(repository: RepositoryName, digest: Digest): string {
  return `${repository}@${digest}`;
}

function isDecided(item: PlanItem): item is DecidedItem {
  return item.step === 'request' || item.step === 'tag' || item.step === 'untagged';
}

function deletionOf(item: DecidedItem): Deletion {
  const { repository, digest, why } = item;
  const group = keptFor(item);
  switch (item.step) {
    case 'tag':
      return { repository, kind: 'tag', digest, tags: [item], revisions: [], group, who: 'policy', why };
    case 'untagged':
      return { repository, kind: 'manifest', digest, tags: [], revisions: goingOf(item), group, who: 'policy', why };
    case 'request': {
      const revisions = item.kind === 'manifest' ? goingOf(item) : [];
      return { repository, kind: item.kind, digest, tags: item.tags, revisions, group, who: item.request, why };
    }
  }
}

/** The manifest before what it refers to. */
function goingOf({ digest, group }: DecidedItem): readonly Digest[] {
  return [digest, ...group.filter((member) => member !== digest)];
}

/** What the tombstone names: also what goes with a later item, which may be undone without that one (D4). */
function keptFor(item: DecidedItem): readonly Digest[] {
  return item.step === 'tag' ? item.group : [...item.group, ...item.shared];
}

/** What gets a tombstone, and so spares what it reaches for the rest of the run (F6). */
function tombstonesOf(item: PlanItem): readonly Digest[] {
  return isDecided(item) ? [item.digest, ...keptFor(item)] : [];
}

function placeOf(item: CollectionItem): string {
  switch (item.step) {
    case 'manifest':
      return layout.revisionDirectory(item.repository, item.digest);
    case 'layer':
      return layout.layerDirectory(item.repository, item.digest);
    case 'data':
      return layout.blobDirectory(item.digest);
  }
}
