import type { Durations } from '../../../../core/window/gate.ts';
import { MarkSession } from '../../../collector/marker/markSession.ts';
import { StoreTree } from '../../../collector/inventory/storeTree.ts';
import { TreeInventory } from '../../../collector/inventory/treeInventory.ts';
import { StorageReferrers } from '../../../collector/requests/storageReferrers.ts';
import type { CollectionSettings, RunPorts } from '../../../collector/run/ports.ts';
import { type Names, namesOf } from '../../../program/names.ts';
import { openRecords, type Records } from '../../../records/records.ts';
import type { Driver } from '../../../storage/driver.ts';
import { hashToken } from '../../../window/tokenHash.ts';
import type { Machine, SimulatedProcess } from '../kernel/process.ts';
import type { Network } from './network.ts';
import type { StorageMachine } from './storageMachine.ts';

/** What every process of a world shares. */
export interface World {
  readonly machine: Machine;
  readonly storage: StorageMachine;
  readonly network: Network;
  readonly durations: Durations;
  readonly holdBudgetMs: number;
  readonly collection: CollectionSettings;
  /** Off-switches for what is around the executor, to see what it is good for. */
  readonly around: Around;
  /** The same for what a mark reads of our own records. */
  readonly aroundMark: (records: Records, reader: Driver) => Records;
}

export type Around = (ports: RunPorts) => RunPorts;

/** A process's way to the storage. */
export interface Parts {
  readonly process: SimulatedProcess;
  readonly driver: Driver;
  readonly records: Records;
  readonly names: Names;
  readonly fresh: () => string;
}

export function partsOf({ machine, storage }: World, process: SimulatedProcess): Parts {
  const { chance, scheduler } = machine;
  const fresh = (): string => chance.uuid();
  const skewMs = chance.between(-5000, 5000); // wall clocks of two machines are never compared
  const wallClock = (): number => Math.floor(1_750_000_000_000 + skewMs + scheduler.now);
  const driver = storage.driver(process);
  return { process, driver, records: recordsOn(driver, fresh), names: namesOf({ fresh, now: wallClock }), fresh };
}

function recordsOn(driver: Driver, fresh: () => string): Records {
  return openRecords(driver, { fresh, onPruningFailed: () => undefined });
}

/** As a program wires them; only clocks, chance, storage and words are simulated, and the mark is in the process's own thread. */
export function runPortsOf(
  world: World,
  { process, driver, records, names, fresh }: Parts,
  own: Pick<RunPorts, 'nudge' | 'requestsDone'>,
): RunPorts {
  const { signal } = new AbortController();
  const openMarker = (): MarkSession => {
    const reader = world.storage.markDriver(process);
    const marked = world.aroundMark(recordsOn(reader, fresh), reader);
    return new MarkSession(
      {
        openInventory: () => new TreeInventory(new StoreTree(reader, signal), () => marked.tombstones.list(signal)),
        ...{ clock: reader, suspects: marked.suspects, edges: marked.edges, mono: process.mono },
        seed: () => world.machine.chance.below(2 ** 32),
      },
      signal,
    );
  };
  return world.around({
    ...{ driver, records, hashToken, fresh, openMarker, mono: process.mono, timers: process.timers },
    ...{ referrers: new StorageReferrers(driver), freshRun: names.run, executor: { name: process.name } },
    nudge: async (epoch) => {
      world.network.tellOthers(process, epoch);
      await own.nudge(epoch);
    },
    requestsDone: own.requestsDone,
  });
}
