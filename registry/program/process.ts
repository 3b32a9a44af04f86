import type { Writable } from 'node:stream';

/** What a program gets from its `main.ts`: clocks, chance, and who it is. */
export interface ProcessPorts {
  readonly version: string;
  /** Unique per process: host name and a random part. */
  readonly instance: string;
  /** This machine's clock, ms: for names and for people, never for a decision. */
  readonly now: () => number;
  /** A clock that never goes back, ms. */
  readonly mono: () => number;
  /** A name that was never used: lower-case letters, digits and hyphens. */
  readonly fresh: () => string;
  /** Bytes that nothing can make smaller. */
  readonly random: (count: number) => Uint8Array;
  readonly log: Writable;
}
