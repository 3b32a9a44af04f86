import { Registry } from 'prom-client';
import type { Administration } from '../admin/administration.ts';
import { StorageAdministration } from '../admin/storageAdministration.ts';
import type { ReplicaConfig } from '../config/configuration.ts';
import { CoppiceMetrics } from '../metrics/coppiceMetrics.ts';
import { systemTimers } from '../window/timers.ts';
import { StartRefused } from './listeners.ts';
import { openLog } from './log.ts';
import { type Names, namesOf } from './names.ts';
import type { ProcessPorts } from './process.ts';
import { type Serving, wire } from './serving.ts';
import { durationsOf, holdsContent, probe, type StorageParts, storageParts, takeUp } from './storage.ts';

export interface LocalPorts extends ProcessPorts {
  /** Whose durations hold where the storage has a gate: its own, or the configuration's, which must then agree. */
  readonly durations: 'ofGate' | 'asConfigured';
}

/** One storage's administration in this process, also while replicas serve it: the process is an executor like theirs. */
export async function openLocal(
  config: ReplicaConfig,
  ports: LocalPorts,
  signal: AbortSignal,
): Promise<{ readonly administration: Administration; readonly close: () => Promise<void> }> {
  const log = openLog({ ...config.log, level: 'warn' }, ports.log);
  const names = namesOf(ports);
  const storage = storageParts(config.storage, ports, log);
  const adapted = await takenUp(storage, names, config, ports.durations, signal);

  const running = new AbortController();
  const serving = wire({
    ...{ config: adapted, process: ports, storage, names, log, nudgeUrl: undefined, running: running.signal },
    metrics: new CoppiceMetrics(new Registry(), () => ({ epoch: undefined, hasPermit: false })),
  });
  return {
    administration: new StorageAdministration({
      ...{ driver: storage.driver, records: storage.records, runs: serving.desk },
      ...{ timers: systemTimers, mono: ports.mono, version: ports.version },
      audit: (until) => serving.administration.audit(until),
      undelete: undeleteWithLife(serving, storage, signal),
    }),
    close: async () => {
      await serving.desk.close();
      await serving.replica.stop(AbortSignal.timeout(config.http.drainMs));
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

/** To bring something back is a commit, which needs a life: one is registered for it, and leaves with the command. */
function undeleteWithLife(
  { administration, replica }: Serving,
  { records }: StorageParts,
  signal: AbortSignal,
): Administration['undelete'] {
  let life: Promise<void> | undefined;
  const begin = async (): Promise<void> => {
    const gate = await records.gates.read(signal);
    if (gate === undefined) throw new StartRefused('the storage has lost its gate');
    await replica.start(gate.storage, signal);
  };
  return async (target, by, until) => {
    await (life ??= begin());
    return administration.undelete(target, by, until);
  };
}
