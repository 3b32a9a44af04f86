import type { Server } from 'node:http';
import type { Logger } from 'pino';
import type { Registry as MetricsRegistry } from 'prom-client';
import type { ReplicasOf } from '../admin/replicas.ts';
import type { WorkloadLister } from '../inUse/ports.ts';
import type { Reports } from '../reports/report.ts';
import type { ResourceHome } from '../resources/home.ts';
import type { Task } from '../runtime/runtime.ts';

/** What the operator gets from its `main.ts`: clocks, chance, its log, and where it may be looked at. */
export interface OperatorPorts {
  readonly version: string;
  /** This machine's clock, ms since 1970. */
  readonly now: () => number;
  /** A clock that never goes back, ms. */
  readonly mono: () => number;
  /** A name that was never used: a uid, lower-case letters, digits and hyphens. */
  readonly fresh: () => string;
  /** Bytes that nobody can foresee. */
  readonly random: (count: number) => Uint8Array;
  readonly log: Logger;
  readonly replicasOf: ReplicasOf;
  /** Lets metrics and health be asked for. Rejects where they were to be and cannot. */
  readonly serve: (server: Server) => Promise<Served>;
}

export interface Served {
  /** `127.0.0.1:5002`; absent: it is not, which its log says. */
  readonly at?: string;
  close(): Promise<void>;
}

/** What a home gets beside. */
export interface HomePorts extends Pick<
  OperatorPorts,
  'version' | 'now' | 'mono' | 'fresh' | 'random' | 'log' | 'replicasOf'
> {
  readonly metrics: MetricsRegistry;
  /** Another operator works on these resources: until it is this one's turn, it is ready to take over, and that is all a probe asks of it. */
  readonly standBy: () => void;
}

/** Where the resources are had from, until it is closed. */
export interface OpenedHome {
  readonly home: ResourceHome;
  /** Absent: as they are had otherwise. */
  readonly replicasOf?: ReplicasOf;
  /** Absent: there is no cluster whose workloads could use anything. */
  readonly workloads?: WorkloadLister;
  /** Absent: there is nowhere to lay a report down. */
  readonly reports?: Reports;
  /** For the log. */
  readonly about: Readonly<Record<string, string>>;
  /** What goes on for as long as it is used; where it fails, the operator must end at once. */
  readonly tasks?: readonly Task[];
  close(): Promise<void>;
}

export type OpenHome = (ports: HomePorts, signal: AbortSignal) => Promise<OpenedHome>;
