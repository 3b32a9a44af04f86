import { hash } from 'node:crypto';
import { reconcileCollectionRun } from '../collectionRun/reconciler.ts';
import { reconcileDeleteRequests } from '../deleteRequest/reconciler.ts';
import { InUseKeeper } from '../inUse/keeper.ts';
import type { WorkloadLister } from '../inUse/ports.ts';
import { Planner } from '../planning/planner.ts';
import { reconcileRegistry } from '../registry/reconciler.ts';
import type { Reports } from '../reports/report.ts';
import type { Kind, ResourceHome } from '../resources/home.ts';
import type { Shelves } from '../resources/shelf.ts';
import { reconcileRetentionPolicy } from '../retentionPolicy/reconciler.ts';
import { RunFollower } from '../runs/runFollower.ts';
import { Controller } from '../runtime/controller.ts';
import type { RuntimeMetrics } from '../runtime/metrics.ts';
import type { Reconcile } from '../runtime/reconcile.ts';
import { pause, type Timers } from '../runtime/timers.ts';
import type { OperatorPorts } from './ports.ts';
import { watches } from './watches.ts';

export interface ControllersPorts extends Pick<OperatorPorts, 'now' | 'mono' | 'fresh' | 'log' | 'replicasOf'> {
  readonly home: ResourceHome;
  /** What the home was seen to hold. */
  readonly shelves: Shelves;
  readonly workloads?: WorkloadLister;
  readonly reports?: Reports;
  readonly timers: Timers;
  readonly metrics: RuntimeMetrics;
}

export interface Controllers {
  readonly controllers: readonly Controller[];
  readonly planner: Planner;
}

/** How many keys of a kind are reconciled at once: most of a reconcile is waiting for a replica or the disk. */
const workers: Readonly<Record<Kind, number>> = { Registry: 4, RetentionPolicy: 4, DeleteRequest: 8, CollectionRun: 4 };

/** A controller for each kind, around one planner, and one memory of the runs that are followed. */
export function buildControllers(ports: ControllersPorts): Controllers {
  const { home, shelves, workloads, reports, replicasOf, timers, metrics, log, now, mono, fresh } = ports;
  const inUse = workloads && new InUseKeeper({ lister: workloads, replicasOf, mono });
  const follower = new RunFollower(mono);
  const reporting = reports === undefined ? {} : { reports };
  const planner = new Planner({
    ...{ home, replicasOf, mono },
    wait: (ms, signal) => pause(timers, ms, signal),
    pokes: {
      RetentionPolicy: (key, afterMs) => {
        controllers.RetentionPolicy.poke(key, afterMs);
      },
      DeleteRequest: (key, afterMs) => {
        controllers.DeleteRequest.poke(key, afterMs);
      },
    },
    nonce: hash('sha256', fresh()).slice(0, 12),
    onFault: (err) => {
      log.error({ err }, 'plans could not be made');
    },
  });
  const reconciles: Readonly<Record<Kind, Reconcile>> = {
    Registry: reconcileRegistry({ home, replicasOf, now, ...(inUse === undefined ? {} : { inUse }) }),
    RetentionPolicy: reconcileRetentionPolicy({ home, replicasOf, follower, planning: planner, now }),
    DeleteRequest: reconcileDeleteRequests({ home, replicasOf, follower, planning: planner, now, mono, ...reporting }),
    CollectionRun: reconcileCollectionRun({ home, replicasOf, follower, now, ...reporting }),
  };
  const watched = watches(shelves);
  const controllerOf = (kind: Kind): Controller =>
    new Controller(
      {
        name: kind.toLowerCase(),
        reconcile: reconciles[kind],
        watches: watched[kind],
        workers: workers[kind],
      },
      { mono, timers, metrics, log },
    );
  const controllers = {
    Registry: controllerOf('Registry'),
    RetentionPolicy: controllerOf('RetentionPolicy'),
    DeleteRequest: controllerOf('DeleteRequest'),
    CollectionRun: controllerOf('CollectionRun'),
  };
  return { controllers: Object.values(controllers), planner };
}
