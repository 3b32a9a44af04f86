import type { RunReport } from '../collector/run/report.ts';
import type { CollectionSettings, RunPorts } from '../collector/run/ports.ts';
import { StorageReferrers } from '../collector/requests/storageReferrers.ts';
import { ThreadMarker } from '../collector/marker/threadMarker.ts';
import type { CoppiceConfig } from '../config/configuration.ts';
import type { RunFigures } from '../metrics/coppiceMetrics.ts';
import { systemTimers } from '../window/timers.ts';
import { hashToken } from '../window/tokenHash.ts';
import type { Names } from './names.ts';
import type { ProcessPorts } from './process.ts';
import type { StorageParts } from './storage.ts';

const holdTargetMs = 25; // on a filesystem

export function collectionSettings(config: CoppiceConfig, windowMs: number): CollectionSettings {
  const { minAgeMs, confirmAfterMs, undoPeriodMs, trashTTLMs, maxHeld, untagged } = config;
  const uploadsMs = config.uploadsEveryMs === undefined ? undefined : config.uploadsMs;
  const attemptMs = Math.min(5000, windowMs / 4); // X of the protocol
  const ages = { minAgeMs, confirmAfterMs, undoPeriodMs, trashTTLMs, uploadsMs };
  return { ...ages, maxHeld, untagged, holdTargetMs, attemptMs };
}

export interface ExecutionPorts extends Pick<ProcessPorts, 'fresh' | 'instance' | 'mono'> {
  readonly storage: StorageParts;
  readonly names: Names;
  /** Of this process's admin API, if it has one. */
  readonly nudgeUrl: string | undefined;
  readonly nudge: RunPorts['nudge'];
  readonly requestsDone: () => void;
}

/** What executing runs in this process needs. */
export function runPorts(ports: ExecutionPorts): RunPorts {
  const { storage, names, nudgeUrl, nudge, requestsDone, fresh, instance, mono } = ports;
  const { driver, records, root } = storage;
  const executor = { name: instance, ...(nudgeUrl === undefined ? {} : { nudge: nudgeUrl }) };
  const openMarker = (): ThreadMarker => new ThreadMarker({ root });
  const process = { fresh, mono, timers: systemTimers, hashToken };
  const referrers = new StorageReferrers(driver);
  return { driver, records, referrers, nudge, requestsDone, openMarker, freshRun: names.run, executor, ...process };
}

export function figuresOf({ ended, sweep, windows }: RunReport): RunFigures {
  return { reason: ended?.reason ?? 'Unknown', bytes: sweep.bytes, windows: windows.holdsMs };
}
