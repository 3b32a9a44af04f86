import type { Server } from 'node:http';
import type { Logger } from 'pino';

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
  /** Lets metrics and health be asked for. Rejects where they were to be and cannot. */
  readonly serve: (server: Server) => Promise<Served>;
}

export interface Served {
  /** `127.0.0.1:5002`; absent: it is not, which its log says. */
  readonly at?: string;
  close(): Promise<void>;
}
