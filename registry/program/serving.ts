import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Administration } from '../admin/administration.ts';
import { auditStorage } from '../admin/audit.ts';
import { RunDesk } from '../admin/runDesk.ts';
import { StorageAdministration } from '../admin/storageAdministration.ts';
import { RequestedDeletions } from '../collector/requests/requestedDeletions.ts';
import { RequestRuns } from '../collector/requests/requestRuns.ts';
import type { ReplicaConfig } from '../config/configuration.ts';
import { JournalFile } from '../evidence/journal.ts';
import { recordingPulls } from '../evidence/listener.ts';
import { PullRecorder } from '../evidence/recorder.ts';
import type { Listener } from '../http/happenings.ts';
import type { CoppiceMetrics } from '../metrics/coppiceMetrics.ts';
import type { Notifications } from '../notifications/notifications.ts';
import type { Deletions } from '../repository/deletions.ts';
import type { ManifestRules } from '../repository/manifestRules.ts';
import { PullStore } from '../records/pulls.ts';
import { openRepositories, type Repositories } from '../repository/repositories.ts';
import { urlRule } from '../repository/urlPatterns.ts';
import { kernelId } from '../storage/filesystem/kernel.ts';
import { layout } from '../storage/layout.ts';
import { segmentsOf } from '../storage/path.ts';
import { Replica } from '../window/replica.ts';
import { systemTimers } from '../window/timers.ts';
import { hashToken } from '../window/tokenHash.ts';
import { Waiting } from '../window/waiting.ts';
import { collectionSettings, figuresOf, runPorts } from './execution.ts';
import type { Names } from './names.ts';
import { Nudges } from './nudges.ts';
import type { ProcessPorts } from './process.ts';
import { durationsOf, type StorageParts } from './storage.ts';
import { undeleteWith } from './undelete.ts';

export interface ServingPorts {
  readonly config: ReplicaConfig;
  readonly process: ProcessPorts;
  readonly storage: StorageParts;
  readonly names: Names;
  readonly log: Logger;
  readonly metrics: CoppiceMetrics;
  /** Absent: nobody is told of what happens, as commands work. */
  readonly notifications?: Notifications;
  /** Where other lives reach this one, if anywhere. */
  readonly nudgeUrl: string | undefined;
  /** Hears of pulls. It begins before the replica, and ends after it. */
  readonly recorder: PullRecorder;
  /** Aborted at the end, when nothing may go on. */
  readonly running: AbortSignal;
}

/** `serves`: whether clients pull from this process. */
export function recorderOf(
  { process, storage, log, running }: Pick<ServingPorts, 'process' | 'storage' | 'log' | 'running'>,
  serves: boolean,
): PullRecorder {
  const pulls = new PullStore(storage.driver); // without the reserve, which is for what makes room
  const recorder = process.fresh();
  const place = join(storage.root, ...segmentsOf(layout.pullJournal(recorder)));
  const journal = new JournalFile({ place, kernel: kernelId, log });
  const ports = { pulls, ...(serves && { journal }), mono: process.mono, timers: systemTimers, log, running };
  return new PullRecorder(ports, { recorder, instance: process.instance, serves });
}

/** The parts of one replica, wired to each other; nothing of it runs yet. */
export interface Serving {
  readonly replica: Replica;
  readonly repositories: Repositories;
  /** Deletions that clients ask for, and the runs that carry them out. */
  readonly deletions: Deletions;
  readonly requestRuns: RequestRuns;
  /** Runs that people and operators order. */
  readonly desk: RunDesk;
  readonly administration: Administration;
  /** Hears of what clients did. */
  readonly listen: Listener;
  /** Hears of what is about to be pulled. */
  readonly record: Listener;
}

export function wire(ports: ServingPorts): Serving {
  const { config, process, storage, log, notifications, running } = ports;
  const { driver, records } = storage;
  const replica = replicaOf(ports);
  const waiting = new Waiting(systemTimers);
  const nudges = new Nudges({ members: records.members, log }, ports.nudgeUrl, running);
  const run = runPorts({
    ...{ storage, names: ports.names, nudgeUrl: ports.nudgeUrl },
    ...{ fresh: process.fresh, instance: process.instance, mono: process.mono },
    nudge: async (epoch) => {
      // Others are told in the background: who does not hear of it looks at its next poll.
      void nudges.tell(epoch);
      if (replica.state !== undefined) await replica.nudge(epoch); // the command executes without a life of its own
    },
    requestsDone: () => {
      waiting.wake();
    },
  });
  const settings = collectionSettings(config.coppice, config.coppice.windowMs);
  const onFailed = (error: unknown): void => {
    log.error({ err: error }, 'deletions that clients asked for could not be carried out');
  };
  const requestRuns = new RequestRuns(run, settings, onFailed, running);
  const deletions = new RequestedDeletions(
    {
      ...{ driver, records, runs: requestRuns, waiting, mono: process.mono, fresh: process.fresh },
      ...{ life: () => replica.state?.life, holdBudgetMs: config.coppice.holdBudgetMs },
    },
    running,
  );
  const desk = new RunDesk({
    ...{ run, settings, log },
    onEnded: (report) => {
      ports.metrics.runEnded(figuresOf(report));
      notifications?.runEnded(report);
    },
  });
  const repositories = openRepositories(
    {
      ...{ store: driver, admission: replica, tombstones: records.tombstones, mono: process.mono },
      ...{ freshUpload: process.fresh, log, stopping: running },
      mustHaveRoom: (signal) => storage.reserve.mustStand(process.mono(), signal),
    },
    {
      promiseTTLMs: config.coppice.promiseTTLMs,
      ...manifestRules(config.validation),
    },
  );
  const administration = new StorageAdministration({
    ...{ driver, records, runs: desk, timers: systemTimers, mono: process.mono, version: process.version },
    self: () => ({ instance: process.instance, life: replica.state?.life ?? null }),
    audit: (signal) => auditStorage(run, settings, signal),
    undelete: undeleteWith(repositories.undelete, log),
  });
  const listen: Listener = (happening) => {
    notifications?.happened(happening);
  };
  const record = recordingPulls(ports.recorder, config.coppice.pulls);
  return { replica, repositories, deletions, requestRuns, desk, administration, listen, record };
}

function manifestRules({ disabled, urls, entries }: ReplicaConfig['validation']): ManifestRules {
  const validation = disabled ? 'disabled' : 'full';
  return { validation, entries, ...(urls === undefined ? {} : { mayNameUrl: urlRule(urls) }) };
}

function replicaOf({ config, process, storage, names, log, metrics, nudgeUrl }: ServingPorts): Replica {
  const { driver, records } = storage;
  const { instance, mono, now, version } = process;
  const wallClock = (): string => new Date(now()).toISOString();
  return new Replica(
    {
      ...{ driver, records, hashToken, mono, wallClock, freshLife: names.life },
      ...{ timers: systemTimers, log, metrics: metrics.window },
    },
    {
      ...{ instance, version, durations: durationsOf(config.coppice), holdBudgetMs: config.coppice.holdBudgetMs },
      ...(nudgeUrl === undefined ? {} : { nudge: nudgeUrl }),
    },
  );
}
