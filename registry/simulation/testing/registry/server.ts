import { executeRun } from '../../../collector/run/executor.ts';
import type { RunInput } from '../../../collector/run/input.ts';
import type { RunPorts } from '../../../collector/run/ports.ts';
import type { RunReport } from '../../../collector/run/report.ts';
import { RequestedDeletions } from '../../../collector/requests/requestedDeletions.ts';
import { RequestRuns } from '../../../collector/requests/requestRuns.ts';
import type { Deletions } from '../../../repository/deletions.ts';
import { openRepositories, type Repositories } from '../../../repository/repositories.ts';
import type { Log } from '../../../window/ports.ts';
import { Replica } from '../../../window/replica.ts';
import { openStorage } from '../../../window/startup.ts';
import { hashToken } from '../../../window/tokenHash.ts';
import { Waiting } from '../../../window/waiting.ts';
import type { SimulatedProcess } from '../kernel/process.ts';
import { type Parts, partsOf, runPortsOf, type World } from './parts.ts';

/** One replica as a program wires it (`registry/program/serving.ts`), in a simulated process. */
export class Server {
  readonly process: SimulatedProcess;
  readonly replica: Replica;
  readonly repositories: Repositories;
  readonly deletions: Deletions;
  readonly #world: World;
  readonly #parts: Parts;
  readonly #run: RunPorts;
  readonly #running = new AbortController();
  readonly #requestRuns: RequestRuns;
  isServing = false;

  constructor(world: World, process: SimulatedProcess) {
    this.#world = world;
    this.process = process;
    const parts = partsOf(world, process);
    this.#parts = parts;
    const { driver, records, names, fresh } = parts;
    const { mono, timers } = process;
    const { durations, holdBudgetMs, collection, machine } = world;
    const log = logOf(world, process);
    const metrics = metricsOf(world);
    this.replica = new Replica(
      {
        ...{ driver, records, hashToken, mono, timers, log, metrics, freshLife: names.life },
        wallClock: () => '2026-01-01T00:00:00Z',
      },
      { instance: process.name, version: 'simulated', durations, holdBudgetMs },
    );
    const waiting = new Waiting(timers);
    this.#run = runPortsOf(world, parts, {
      nudge: async (epoch) => {
        await this.replica.nudge(epoch);
      },
      requestsDone: () => {
        waiting.wake();
      },
    });
    const failed = (error: unknown): void => {
      machine.history.say(process.name, `requests could not be carried out: ${String(error)}`);
    };
    this.#requestRuns = new RequestRuns(this.#run, collection, failed, this.#running.signal);
    this.deletions = new RequestedDeletions(
      {
        ...{ driver, records, runs: this.#requestRuns, waiting, mono, fresh, holdBudgetMs },
        life: () => this.replica.state?.life,
      },
      this.#running.signal,
    );
    this.repositories = openRepositories(
      {
        ...{ store: driver, admission: this.replica, tombstones: records.tombstones, mono, log },
        ...{ freshUpload: fresh, stopping: this.#running.signal, mustHaveRoom: () => Promise.resolve() },
      },
      { promiseTTLMs: durations.promiseTTLMs, validation: 'full' },
    );
  }

  async start(signal: AbortSignal): Promise<void> {
    const { driver, records, names } = this.#parts;
    const ports = { store: driver, records, freshStorage: names.storage };
    const { id } = await openStorage(ports, this.#world.durations, signal);
    await this.replica.start(id, signal);
    this.isServing = true;
    const hear = (epoch: number): void => void this.replica.nudge(epoch);
    this.#world.network.join({ process: this.process, hear });
  }

  /** In order, as a program stops; then the process is gone. */
  async stop(signal: AbortSignal): Promise<void> {
    this.isServing = false;
    await this.#requestRuns.idle();
    await this.replica.stop(signal);
    await this.#parts.records.gates.idle();
    this.process.end('killed');
  }

  collect(input: Omit<RunInput, 'id'>, cancelled: AbortSignal): Promise<RunReport> {
    return collectWith(this.#world, this.#run, input, cancelled);
  }
}

/** An executor without a replica, as the command line is one. */
export function commandOf(
  world: World,
  process: SimulatedProcess,
): { readonly collect: (input: Omit<RunInput, 'id'>, cancelled: AbortSignal) => Promise<RunReport> } {
  const own = { nudge: () => Promise.resolve(), requestsDone: () => undefined };
  const run = runPortsOf(world, partsOf(world, process), own);
  return { collect: (input, cancelled) => collectWith(world, run, input, cancelled) };
}

function collectWith(
  { collection }: World,
  run: RunPorts,
  input: Omit<RunInput, 'id'>,
  cancelled: AbortSignal,
): Promise<RunReport> {
  return executeRun(run, collection, { id: run.freshRun(), ...input }, () => undefined, cancelled);
}

function logOf({ machine: { history } }: World, { name }: SimulatedProcess): Log {
  const say = (fields: object, message: string): void => {
    history.count(`said: ${message}`);
    const { err } = { err: undefined, ...fields } as { readonly err: unknown };
    history.say(name, err instanceof Error ? `${message}: ${err.message}` : message);
  };
  return { info: say, warn: say, error: say };
}

function metricsOf({ machine: { history } }: World): ConstructorParameters<typeof Replica>[0]['metrics'] {
  return {
    onHeld: () => {
      history.count('operations held');
    },
    onRefused: (reason) => {
      history.count(`operations refused: ${reason}`);
    },
    onLifeBegan: () => {
      history.count('lives begun');
    },
    onLifeEnded: (why) => {
      history.count(`lives ended: ${why}`);
    },
    onAcknowledged: () => {
      history.count('acknowledgements');
    },
    onPollFailed: () => {
      history.count('polls failed');
    },
  };
}
