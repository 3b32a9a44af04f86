import { mkdtemp, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  begin,
  type Durations,
  type Gate,
  hold,
  isWindow,
  openUp,
  type WindowGate,
} from '../../../core/window/gate.ts';
import {
  type LifeId,
  parseLifeId,
  parseRunId,
  parseStorageId,
  parseWindowId,
  type RunId,
  type StorageId,
  type WindowId,
} from '../../../core/window/identity.ts';
import type { Token } from '../../../core/window/token.ts';
import { openRecords, type Records } from '../../records/records.ts';
import type { Driver } from '../../storage/driver.ts';
import { FilesystemDriver } from '../../storage/filesystem/driver.ts';
import { MemoryDisk } from '../../storage/testing/memoryDisk.ts';
import { MemoryDriver } from '../../storage/testing/memoryDriver.ts';
import type { ReplicaSettings, WindowMetrics } from '../ports.ts';
import { Replica } from '../replica.ts';
import { openStorage } from '../startup.ts';
import { hashToken } from '../tokenHash.ts';
import { HandClock } from './handClock.ts';

export const durations: Durations = { permitTTLMs: 10_000, windowMs: 30_000, promiseTTLMs: 3_600_000 };
export const { signal } = new AbortController();

/** What one replica told its metrics. */
class RecordedMetrics implements WindowMetrics {
  readonly heldMs: number[] = [];
  readonly refused: string[] = [];
  readonly began: LifeId[] = [];
  readonly ended: string[] = [];
  acknowledged = 0;
  failedPolls = 0;

  onHeld(waitedMs: number): void {
    this.heldMs.push(waitedMs);
  }
  onRefused(reason: string): void {
    this.refused.push(reason);
  }
  onLifeBegan(life: LifeId): void {
    this.began.push(life);
  }
  onLifeEnded(why: string): void {
    this.ended.push(why);
  }
  onAcknowledged(): void {
    this.acknowledged += 1;
  }
  onPollFailed(): void {
    this.failedPolls += 1;
  }
}

export interface TestReplica {
  readonly replica: Replica;
  readonly metrics: RecordedMetrics;
  readonly records: Records;
}

/** One storage, on which any number of replicas and a stand-in for an executor work, each with a driver of its own, by one clock. */
export class TestWorld {
  readonly clock = new HandClock();
  readonly records: Records;
  readonly driver: Driver;
  readonly storage: StorageId;
  readonly #openDriver: () => Driver;
  readonly #running = new Set<Replica>();
  readonly #close: () => Promise<void>;

  static async onDisk(): Promise<TestWorld> {
    const root = await mkdtemp(join(tmpdir(), 'coppice-window-'));
    return TestWorld.open(
      () => new FilesystemDriver(root),
      () => rm(root, { recursive: true, force: true }),
    );
  }

  /** Its storage clock stands, unless `storageNow` says otherwise. */
  static async inMemory(storageNow: () => number = () => 1_000_000): Promise<TestWorld> {
    const disk = new MemoryDisk(storageNow);
    return TestWorld.open(
      () => new MemoryDriver(disk),
      () => Promise.resolve(),
    );
  }

  static async open(openDriver: () => Driver, close: () => Promise<void>): Promise<TestWorld> {
    const driver = openDriver();
    const records = recordsOn(driver);
    const freshStorage = (): StorageId => known(parseStorageId(randomUUID()));
    const { id } = await openStorage({ store: driver, records, freshStorage }, durations, signal);
    return new TestWorld(driver, records, id, openDriver, close);
  }

  private constructor(
    driver: Driver,
    records: Records,
    storage: StorageId,
    openDriver: () => Driver,
    close: () => Promise<void>,
  ) {
    this.driver = driver;
    this.records = records;
    this.storage = storage;
    this.#openDriver = openDriver;
    this.#close = close;
  }

  async replica(settings: Partial<ReplicaSettings> = {}, driver = this.#openDriver()): Promise<TestReplica> {
    const metrics = new RecordedMetrics();
    const records = recordsOn(driver);
    const { mono, timers } = this.clock;
    const replica = new Replica(
      {
        driver,
        records,
        hashToken,
        mono,
        timers,
        metrics,
        wallClock: () => '2026-01-01T00:00:00Z',
        freshLife: () => known(parseLifeId(randomUUID())),
        log: silent,
      },
      { instance: randomUUID(), version: 'test', durations, holdBudgetMs: 5_000, ...settings },
    );
    this.#running.add(replica);
    await replica.start(this.storage, signal);
    return { replica, metrics, records };
  }

  async close(): Promise<void> {
    for (const replica of this.#running) await replica.stop(AbortSignal.abort());
    await this.records.gates.idle();
    await this.#close();
  }

  async gate(): Promise<Gate> {
    return known(await this.records.gates.read(signal));
  }

  /** The executor's steps, as far as replicas see them. */
  async beginRun(): Promise<RunId> {
    const run = known(parseRunId(`run-${randomUUID()}`));
    await this.resume(run);
    return run;
  }

  /** As a window's end does where the run goes on. */
  async resume(run: RunId): Promise<void> {
    const gate = await this.gate();
    if (isWindow(gate)) throw new Error('a window stands');
    await this.#move(begin(gate, run, { name: 'test' }));
  }

  async holdWindow(tokens: readonly Token[]): Promise<WindowGate> {
    const gate = await this.gate();
    if (gate.phase !== 'MARKING') throw new Error(`cannot hold from ${gate.phase}`);
    const window: WindowId = known(parseWindowId(randomUUID()));
    const held = await this.records.held.write(window, tokens.map(hashToken), signal);
    await this.driver.openWindow(window, signal);
    const holding = hold(gate, window, held, (await this.driver.now(signal)) + durations.windowMs);
    await this.#move(holding);
    return holding;
  }

  async openUp(): Promise<void> {
    const gate = await this.gate();
    if (!isWindow(gate)) throw new Error(`no window stands, but ${gate.phase}`);
    await this.driver.endWindow(gate.window, signal);
    await this.#move(openUp(gate));
  }

  async #move(to: Gate): Promise<void> {
    if ((await this.records.gates.cas(to, signal)) === 'lost') throw new Error(`lost epoch ${to.epoch}`);
  }
}

export function recordsOn(driver: Driver): Records {
  return openRecords(driver, {
    fresh: randomUUID,
    onPruningFailed: (error) => {
      throw error;
    },
  });
}

export function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('expected to be there');
  return value;
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
