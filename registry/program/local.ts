import { Registry } from 'prom-client';
import type { Administration } from '../admin/administration.ts';
import { StorageAdministration } from '../admin/storageAdministration.ts';
import type { ReplicaConfig } from '../config/configuration.ts';
import { CoppiceMetrics } from '../metrics/coppiceMetrics.ts';
import type { PullRecorder } from '../evidence/recorder.ts';
import type { Deletions } from '../repository/deletions.ts';
import { systemTimers } from '../window/timers.ts';
import { StartRefused } from './listeners.ts';
import { openLog } from './log.ts';
import { type Names, namesOf } from './names.ts';
import type { ProcessPorts } from './process.ts';
import { recorderOf, type Serving, wire } from './serving.ts';
import { durationsOf, holdsContent, probe, type StorageParts, storageParts, takeUp } from './storage.ts';

export interface LocalPorts extends ProcessPorts {
  /** Whose durations hold where the storage has a gate: its own, or the configuration's, which must then agree. */
  readonly durations: 'ofGate' | 'asConfigured';
}

/** What a command may do to one storage, until it is closed. */
export interface Local {
  readonly administration: Administration;
  /** As those that a replica carries out for its clients. */
  readonly deletions: Deletions;
  readonly storage: StorageParts;
  readonly close: () => Promise<void>;
}

/** One storage's administration in this process, also while replicas serve it: the process is an executor like theirs. */
export async function openLocal(config: ReplicaConfig, ports: LocalPorts, signal: AbortSignal): Promise<Local> {
  const log = openLog({ ...config.log, level: 'warn' }, ports.log);
  const names = namesOf(ports);
  const storage = storageParts(config.storage, ports, log);
  const adapted = await takenUp(storage, names, config, ports.durations, signal);

  const running = new AbortController();
  const parts = { process: ports, storage, log, running: running.signal };
  const recorder = recorderOf(parts, false);
  const serving = wire({
    ...{ ...parts, recorder, config: adapted, names, nudgeUrl: undefined },
    metrics: new CoppiceMetrics(new Registry(), () => ({ epoch: undefined, hasPermit: false })),
  });
  const beLiving = lifeOf(serving, recorder, storage, signal);
  return {
    storage,
    deletions: {
      request: async (target, until) => {
        await beLiving();
        return serving.deletions.request(target, until);
      },
    },
    administration: new StorageAdministration({
      ...{ driver: storage.driver, records: storage.records, runs: serving.desk },
      ...{ timers: systemTimers, mono: ports.mono, version: ports.version },
      audit: (until) => serving.administration.audit(until),
      undelete: async (target, by, until) => {
        await beLiving();
        return serving.administration.undelete(target, by, until);
      },
    }),
    close: async () => {
      await serving.desk.close();
      await serving.requestRuns.idle();
      await serving.replica.stop(AbortSignal.timeout(config.http.drainMs));
      await recorder.end(AbortSignal.timeout(config.http.drainMs));
      await storage.records.gates.idle();
      running.abort(new Error('the command has ended'));
    },
  };
}

/** The configuration with the durations that hold on this storage. */
async function takenUp(
  storage: StorageParts,
  names: Names,
  config: ReplicaConfig,
  durations: LocalPorts['durations'],
  signal: AbortSignal,
): Promise<ReplicaConfig> {
  const { driver, records, root } = storage;
  // Nothing is begun in a directory that was named by mistake, or whose mount is missing.
  const isKnown = (await records.storage.read(signal)) !== undefined || (await holdsContent(driver, signal));
  if (!isKnown) throw new StartRefused(`${root}: no registry has stored anything here`);
  await probe(storage, names, signal);
  const gate = durations === 'ofGate' ? await records.gates.read(signal) : undefined;
  const adapted = gate === undefined ? config : { ...config, coppice: { ...config.coppice, ...gate.durations } };
  await takeUp(storage, names, durationsOf(adapted.coppice), signal);
  return adapted;
}

/** To bring something back is a commit, and a client's deletion must be answered for: both need a life. One is registered, and leaves with the command. */
function lifeOf(
  { replica }: Serving,
  recorder: PullRecorder,
  { records }: StorageParts,
  signal: AbortSignal,
): () => Promise<void> {
  let life: Promise<void> | undefined;
  const begin = async (): Promise<void> => {
    const gate = await records.gates.read(signal);
    if (gate === undefined) throw new StartRefused('the storage has lost its gate');
    await recorder.begin(signal); // nobody pulls from a command, and its life must not be taken for one that does not record
    await replica.start(gate.storage, signal);
  };
  return () => (life ??= begin());
}
