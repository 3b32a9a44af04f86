import type { Server } from 'node:http';
import type { Logger } from 'pino';
import type { ReplicasOf } from '../admin/replicas.ts';
import type { ResourceHome } from '../resources/home.ts';

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

/** Where the resources are had from, until it is closed. */
export interface OpenedHome {
  readonly home: ResourceHome;
  /** For the log. */
  readonly about: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export type OpenHome = (ports: OperatorPorts, signal: AbortSignal) => Promise<OpenedHome>;
