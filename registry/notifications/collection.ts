import type { RunReport } from '../collector/run/report.ts';
import { type EventHead, type EventPorts, headOf } from './event.ts';

/** A run of this replica has ended. How much went, not what: `GET /coppice/v1/runs/{run}/items` of the admin API lists that. */
export interface CollectionEvent extends EventHead {
  readonly action: 'coppice.collection';
  readonly collection: {
    readonly run: string;
    /** `plan`: only looked, and removed nothing. */
    readonly mode: RunReport['mode'];
    readonly succeeded: boolean;
    readonly reason: string;
    readonly message: string;
    /** RFC 3339, by the clock of the storage. */
    readonly startedAt: string;
    readonly endedAt: string;
    readonly removed: RunReport['sweep']['removedBySteps'];
    readonly spared: number;
    readonly reclaimedBytes: number;
  };
}

/** `undefined`: it goes on. */
export function collectionEvent(report: RunReport, ports: EventPorts): CollectionEvent | undefined {
  const { id, mode, startedAt, ended, sweep } = report;
  if (ended === undefined) return undefined;
  const { succeeded, reason, message, at } = ended;
  return {
    ...headOf(ports),
    action: 'coppice.collection',
    collection: {
      ...{ run: id, mode, succeeded, reason, message },
      ...{ startedAt: new Date(startedAt).toISOString(), endedAt: new Date(at).toISOString() },
      ...{ removed: sweep.removedBySteps, spared: sweep.spared, reclaimedBytes: sweep.bytes },
    },
  };
}
