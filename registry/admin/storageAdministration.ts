import type { Gate } from '../../core/window/gate.ts';
import { isWindow } from '../../core/window/gate.ts';
import { parseDigest } from '../../core/oci/digest.ts';
import { parseRepositoryName, parseTag } from '../../core/oci/reference.ts';
import type { Tombstone } from '../../core/reach/tombstone.ts';
import type { Records } from '../records/records.ts';
import { isLapsed } from '../records/tombstones.ts';
import { type ReadableStore, type StorageClock, StorageError } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import type { Timers } from '../window/ports.ts';
import { declare, type ReadOnlyOutcome, withdraw } from '../window/readOnly.ts';
import type { Administration } from './administration.ts';
import type { ItemsRequest, Page, PageRequest } from '../../core/admin/paging.ts';
import { moment, pageOf } from './page.ts';
import { Problem, type ProblemMistake } from '../../core/admin/problem.ts';
import type {
  AuditView,
  Protect,
  Protection,
  RunItem,
  RunOrder,
  RunView,
  Status,
  TombstoneView,
  Undeleted,
  UndeleteTarget,
} from '../../core/admin/schema.ts';

/** Runs of one storage, as `runDesk.ts` keeps them. */
export type Runs = Pick<Administration, 'beginRun' | 'run' | 'items' | 'approve' | 'cancel'> & {
  last(signal: AbortSignal): Promise<RunView | undefined>;
};

export interface StorageAdministrationPorts {
  readonly driver: ReadableStore & StorageClock;
  readonly records: Records;
  readonly runs: Runs;
  readonly undelete: Administration['undelete'];
  readonly audit: Administration['audit'];
  readonly mono: () => number;
  readonly timers: Timers;
  readonly version: string;
  /** The replica that answers; absent where a command answers straight from a storage. */
  readonly self?: () => NonNullable<Status['self']>;
}

const usualMaxAgeMs = 10 * 60_000;
const readOnlyBudgetMs = 30_000;

/** One storage's administration, in the process that holds its driver: a replica's, or the command's own. */
export class StorageAdministration implements Administration {
  readonly #ports: StorageAdministrationPorts;

  constructor(ports: StorageAdministrationPorts) {
    this.#ports = ports;
  }

  async status(signal: AbortSignal): Promise<Status> {
    const { driver, records, runs, version, self } = this.#ports;
    const gate = await this.#gate(signal);
    const storageNow = await driver.now(signal);
    const lives: Status['lives'] = [];
    for (const life of await records.members.list(signal)) {
      const member = await records.members.read(life, signal);
      if (member === undefined) continue;
      const { instance, version: its, acknowledged, left } = member.record;
      const ageMs = Math.max(0, Math.round(storageNow - member.modifiedAt));
      lives.push({ life, instance, version: its, epoch: acknowledged?.epoch ?? null, ageMs, left });
    }
    const lastRun = await runs.last(signal);
    return {
      storage: gate.storage,
      version,
      ...(self === undefined ? {} : { self: self() }),
      gate: gateView(gate),
      durations: gate.durations,
      lives: lives.toSorted((a, b) => (a.instance < b.instance ? -1 : 1)),
      tombstones: ((await driver.list(layout.tombstones, signal)) ?? []).length,
      ...(lastRun === undefined ? {} : { lastRun }),
    };
  }

  beginRun(order: RunOrder, by: string, signal: AbortSignal): Promise<RunView> {
    return this.#ports.runs.beginRun(order, by, signal);
  }
  run(id: string, signal: AbortSignal): Promise<RunView> {
    return this.#ports.runs.run(id, signal);
  }
  items(id: string, page: ItemsRequest, signal: AbortSignal): Promise<Page<RunItem>> {
    return this.#ports.runs.items(id, page, signal);
  }
  approve(id: string, plan: string, by: string, signal: AbortSignal): Promise<RunView> {
    return this.#ports.runs.approve(id, plan, by, signal);
  }
  cancel(id: string, by: string, signal: AbortSignal): Promise<RunView> {
    return this.#ports.runs.cancel(id, by, signal);
  }
  audit(signal: AbortSignal): Promise<AuditView> {
    return this.#ports.audit(signal);
  }
  undelete(target: UndeleteTarget, by: string, signal: AbortSignal): Promise<Undeleted> {
    return this.#ports.undelete(target, by, signal);
  }

  async protections(signal: AbortSignal): Promise<readonly Protection[]> {
    const { driver, records } = this.#ports;
    const { unsure } = await records.protections.state(await driver.now(signal), signal);
    const found: Protection[] = [];
    for (const source of await records.protections.sources(signal)) {
      const said = await records.protections.read(source, signal);
      const why = unsure.find((one) => one.source === source)?.why;
      const heard = said === undefined ? {} : { observedAt: moment(said.observedAt), maxAgeMs: said.maxAgeMs };
      found.push({
        source,
        ...heard,
        ...(why === undefined ? {} : { unsure: why }),
        complete: said?.complete ?? false,
        digests: said?.digests.length ?? 0,
        tags: said?.tags.length ?? 0,
      });
    }
    return found;
  }

  async protect(source: string, asked: Protect, signal: AbortSignal): Promise<Protection> {
    const { driver, records } = this.#ports;
    const { digests, tags } = parseProtected(asked);
    const said = {
      observedAt: await driver.now(signal),
      maxAgeMs: asked.maxAgeMs ?? usualMaxAgeMs,
      complete: asked.complete,
      digests,
      tags,
    };
    await records.protections.put(source, said, signal);
    const counts = { digests: digests.length, tags: tags.length };
    const unsure = asked.complete ? {} : { unsure: 'incomplete' };
    const { observedAt, maxAgeMs, complete } = said;
    return { source, observedAt: moment(observedAt), maxAgeMs, complete, ...unsure, ...counts };
  }

  async forget(source: string, signal: AbortSignal): Promise<void> {
    const { protections } = this.#ports.records;
    if (!(await protections.sources(signal)).includes(source)) {
      throw new Problem('SOURCE_UNKNOWN', `no source of protections is called ${source}`);
    }
    await protections.forget(source, signal);
  }

  async tombstones(page: PageRequest, signal: AbortSignal): Promise<Page<TombstoneView>> {
    const { driver, records } = this.#ports;
    const storageNow = await driver.now(signal);
    const all = await records.tombstones.list(signal);
    const { items, last } = pageOf(all, newestFirst, page);
    const views = items.map((tombstone) => tombstoneView(tombstone, storageNow));
    return { items: views, ...(last === undefined ? {} : { last }) };
  }

  async declareReadOnly(reason: string, owner: string, signal: AbortSignal): Promise<void> {
    const since = await this.#ports.driver.now(signal);
    refuseUnset(await declare(this.#gatePorts(), { reason, owner, since }, readOnlyBudgetMs, signal));
  }

  async withdrawReadOnly(owner: string | undefined, signal: AbortSignal): Promise<void> {
    refuseUnset(await withdraw(this.#gatePorts(), owner, readOnlyBudgetMs, signal));
  }

  #gatePorts(): Parameters<typeof declare>[0] {
    const { records, mono, timers } = this.#ports;
    return { gates: records.gates, mono, timers };
  }

  async #gate(signal: AbortSignal): Promise<Gate> {
    const gate = await this.#ports.records.gates.read(signal);
    if (gate === undefined)
      throw new StorageError(layout.gates, 'there is no gate: no replica ever served this storage');
    return gate;
  }
}

function gateView(gate: Gate): Status['gate'] {
  const { epoch, phase, run, fenced, readOnly } = gate;
  return {
    epoch,
    phase,
    ...(run === undefined ? {} : { run }),
    ...(isWindow(gate) ? { window: gate.window } : {}),
    fenced: fenced.length,
    ...(readOnly === undefined ? {} : { readOnly: { ...readOnly, since: moment(readOnly.since) } }),
  };
}

/** Ids are random, so the time comes first; a cursor stays good when its tombstone is gone. */
function newestFirst({ at, id }: Tombstone): string {
  const age = Number.MAX_SAFE_INTEGER - Math.round(at);
  return `${String(age).padStart(16, '0')}.${id}`;
}

function tombstoneView(tombstone: Tombstone, storageNow: number): TombstoneView {
  const { id, repository, kind, digest, tags, at, until, who, why } = tombstone;
  const dates = { at: moment(at), until: moment(until), isLapsed: isLapsed(tombstone, storageNow) };
  return { id, repository, kind, digest, tags: [...tags], ...dates, who, why };
}

function parseProtected(asked: Protect) {
  const mistakes: ProblemMistake[] = [];
  const digests = asked.digests.flatMap((text, at) => {
    const digest = parseDigest(text);
    if (digest === undefined) mistakes.push({ path: `digests[${at}]`, says: 'is not a digest' });
    return digest === undefined ? [] : [digest];
  });
  const tags = asked.tags.flatMap((named, at) => {
    const repository = parseRepositoryName(named.repository);
    const tag = parseTag(named.tag);
    if (repository !== undefined && tag !== undefined) return [{ repository, tag }];
    mistakes.push({ path: `tags[${at}]`, says: 'does not name a repository and a tag' });
    return [];
  });
  // One that is not understood might be the one that is in use: nothing of it is taken.
  if (mistakes.length > 0) throw new Problem('INVALID', 'the protections have mistakes', mistakes.slice(0, 100));
  return { digests, tags };
}

function refuseUnset(outcome: ReadOnlyOutcome): void {
  if (outcome.is === 'ownedBy') throw new Problem('READ_ONLY_OWNED', `${outcome.owner} declared it, and ends it`);
  if (outcome.is === 'busy') throw new Problem('BUSY', 'a window stood all the time; try again');
}
