import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Durations } from '../../../core/window/gate.ts';
import { parseLifeId, parseRunId, parseStorageId, type RunId, type StorageId } from '../../../core/window/identity.ts';
import { type EvidencePorts, readPulls } from '../../evidence/pullEvidence.ts';
import { PullStore } from '../../records/pulls.ts';
import { openRecords, type Records } from '../../records/records.ts';
import type { StorageClock } from '../../storage/driver.ts';
import { FilesystemDriver, type FilesystemPorts } from '../../storage/filesystem/driver.ts';
import { Replica } from '../../window/replica.ts';
import { openStorage } from '../../window/startup.ts';
import { systemTimers } from '../../window/timers.ts';
import { hashToken } from '../../window/tokenHash.ts';
import { Waiting } from '../../window/waiting.ts';
import { SyncTree } from '../inventory/syncTree.ts';
import { TreeInventory } from '../inventory/treeInventory.ts';
import type { TreeReader } from '../inventory/treeReader.ts';
import { MarkSession } from '../marker/markSession.ts';
import type { Marker } from '../marker/marker.ts';
import { RequestedDeletions } from '../requests/requestedDeletions.ts';
import { RequestRuns } from '../requests/requestRuns.ts';
import { StorageReferrers } from '../requests/storageReferrers.ts';
import type { CollectionSettings, RunPorts } from '../run/ports.ts';
import { executeRun } from '../run/executor.ts';
import type { RunInput } from '../run/input.ts';
import type { RunReport } from '../run/report.ts';
import { ImageTree } from './imageTree.ts';

const durations: Durations = { permitTTLMs: 2_000, windowMs: 6_000, promiseTTLMs: 60_000 };
export const settings: CollectionSettings = {
  ...{ minAgeMs: 60_000, confirmAfterMs: 0, undoPeriodMs: 600_000, trashTTLMs: 60_000, uploadsMs: 600_000 },
  ...{ maxHeld: 10_000, holdTargetMs: 25, attemptMs: 1_000, untagged: 'Delete' },
};
export const minute = 60_000;

export interface TestReplica {
  readonly replica: Replica;
  readonly deletions: RequestedDeletions;
  readonly ports: RunPorts;
}

/** What a mark reads, and the clocks that it asks. */
interface MarkerPorts {
  readonly records: Records;
  readonly tree: TreeReader;
  readonly clock: StorageClock;
  readonly mono: () => number;
}

/** A storage in a directory, on which real replicas are registered and runs are carried out. Times of the storage are real: age things with `utimes`. */
export class CollectorWorld {
  readonly tree: ImageTree;
  readonly driver: FilesystemDriver;
  readonly records: Records;
  readonly #abort = new AbortController();
  readonly #replicas = new Set<Replica>();
  readonly #runs: RequestRuns[] = [];
  readonly failures: unknown[] = [];
  #storage: StorageId | undefined;
  #runNumber = 0;

  constructor(ports: Partial<FilesystemPorts> = {}) {
    this.tree = new ImageTree(mkdtempSync(join(tmpdir(), 'coppice-collector-')));
    this.driver = new FilesystemDriver(this.tree.root, ports);
    this.records = recordsOn(this.driver);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Makes the storage's records; what was in the tree before is foreign. */
  async open(): Promise<StorageId> {
    const freshStorage = (): StorageId => known(parseStorageId(randomUUID()));
    const identity = await openStorage(
      { store: this.driver, records: this.records, freshStorage },
      durations,
      this.signal,
    );
    this.#storage = identity.id;
    return identity.id;
  }

  async replica(changes: Partial<CollectionSettings> = {}, holdBudgetMs = 3_000): Promise<TestReplica> {
    const driver = new FilesystemDriver(this.tree.root);
    const records = recordsOn(driver);
    const replica = new Replica(
      {
        ...{ driver, records, hashToken, mono, timers: systemTimers },
        ...{ wallClock: () => '2026-01-01T00:00:00Z', freshLife: () => known(parseLifeId(randomUUID())) },
        ...{ log: silent, metrics: unmetered },
      },
      { instance: randomUUID(), version: 'test', durations, holdBudgetMs },
    );
    this.#replicas.add(replica);
    await replica.start(this.#storage ?? (await this.open()), this.signal);
    const waiting = new Waiting(systemTimers);
    const ports: RunPorts = {
      ...this.ports(driver, records),
      nudge: async (epoch) => {
        await replica.nudge(epoch);
      },
      requestsDone: () => {
        waiting.wake();
      },
    };
    const runs = new RequestRuns(ports, { ...settings, ...changes }, (error) => this.failures.push(error), this.signal);
    this.#runs.push(runs);
    const deletions = new RequestedDeletions(
      {
        ...{ driver, records, runs, waiting, mono, fresh: randomUUID, holdBudgetMs },
        life: () => replica.state?.life,
      },
      this.signal,
    );
    return { replica, deletions, ports };
  }

  /** Of an executor without a replica, as the CLI is one. */
  ports(driver = this.driver, records = this.records): RunPorts {
    return {
      ...{ driver, records, mono, timers: systemTimers, hashToken, fresh: randomUUID },
      referrers: new StorageReferrers(driver),
      nudge: () => Promise.resolve(),
      requestsDone: () => undefined,
      openMarker: () => this.inThread({ clock: driver, records }),
      freshRun: () => this.freshRun(),
      executor: { name: 'test' },
    };
  }

  /** What recording and reading the pulls of this storage needs. */
  get evidence(): EvidencePorts {
    const { driver, records } = this;
    const pulls = new PullStore(driver);
    const process = { fresh: randomUUID, kernel: () => undefined, timers: systemTimers, mono };
    return { pulls, members: records.members, clock: driver, ...process };
  }

  /** A mark in the test's own thread: a worker takes half a second to start. */
  inThread(through: Partial<MarkerPorts> = {}): Marker {
    const usual: MarkerPorts = { records: this.records, tree: new SyncTree(this.tree.root), clock: this.driver, mono };
    const { records, tree, ...ports } = { ...usual, ...through };
    return new MarkSession(
      {
        openInventory: () => new TreeInventory(tree, () => records.tombstones.list(this.signal)),
        ...{ ...ports, suspects: records.suspects, edges: records.edges, seed: () => 1 },
        readPulls: (repositories, asOf) => readPulls(this.evidence, repositories, asOf, this.signal),
      },
      this.signal,
    );
  }

  /** One collection by an executor beside the replicas. */
  async collect(
    input: Partial<RunInput> = {},
    changes: Partial<CollectionSettings> = {},
    ports: Partial<RunPorts> = {},
    cancelled = this.signal,
  ): Promise<RunReport> {
    const asked = { id: this.freshRun(), mode: 'execute', policies: [], requests: [], limits: {}, ...input } as const;
    return executeRun({ ...this.ports(), ...ports }, { ...settings, ...changes }, asked, () => undefined, cancelled);
  }

  freshRun(): RunId {
    return known(parseRunId(`run-${String(++this.#runNumber).padStart(6, '0')}`));
  }

  /** The process of this replica has died: it never answers again. */
  async kill(replica: Replica): Promise<void> {
    this.#replicas.delete(replica);
    await replica.stop(AbortSignal.abort());
  }

  async close(): Promise<void> {
    for (const replica of this.#replicas) await replica.stop(this.signal);
    for (const runs of this.#runs) await runs.idle();
    await this.records.gates.idle();
    this.#abort.abort();
    rmSync(this.tree.root, { recursive: true, force: true });
  }
}

export function recordsOn(driver: FilesystemDriver, onPruningFailed: (error: unknown) => void = rethrow): Records {
  return openRecords(driver, { fresh: randomUUID, onPruningFailed });
}

function rethrow(error: unknown): never {
  throw error;
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('expected to be there');
  return value;
}

function mono(): number {
  return performance.now();
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const unmetered = {
  ...{
    onHeld: () => undefined,
    onRefused: () => undefined,
    onLifeBegan: () => undefined,
    onLifeEnded: () => undefined,
  },
  ...{ onAcknowledged: () => undefined, onPollFailed: () => undefined },
};
