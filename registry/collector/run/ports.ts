import type { RunId } from '../../../core/window/identity.ts';
import type { HashToken } from '../../../core/window/token.ts';
import type { Records } from '../../records/records.ts';
import type { Driver } from '../../storage/driver.ts';
import type { Timers } from '../../window/ports.ts';
import type { Marker } from '../marker/marker.ts';
import type { Referrers } from '../requests/referrers.ts';

/** What carrying out a run needs of the world. */
export interface RunPorts {
  readonly driver: Driver;
  readonly records: Records;
  readonly referrers: Referrers;
  /**
   * Makes lives look at the gate now. Resolves when those in this process have, and have acknowledged it if nothing of theirs was in the way; a life
   * that it does not reach looks at its next poll. It must not reject.
   */
  readonly nudge: (epoch: number) => Promise<void>;
  /** Requests have their outcome: whoever waits for one in this process looks again. */
  readonly requestsDone: () => void;
  /** Opens a mark's own thread, or its likeness. Closed by who opened it. */
  readonly openMarker: () => Marker;
  /** This process's monotonic clock, ms. */
  readonly mono: () => number;
  readonly timers: Timers;
  /** A name that was never used: lower-case letters, digits and hyphens. */
  readonly fresh: () => string;
  /** Names of runs sort by their beginning. */
  readonly freshRun: () => RunId;
  readonly hashToken: HashToken;
  /** Who the gate says is executing, and where a word reaches it. */
  readonly executor: { readonly name: string; readonly nudge?: string };
}

/** Of the replica's configuration; durations of the gate stand in the gate. All in ms. */
export interface CollectionSettings {
  readonly minAgeMs: number;
  readonly confirmAfterMs: number;
  readonly undoPeriodMs: number;
  readonly trashTTLMs: number;
  /** `undefined`: uploads that were given up stay. */
  readonly uploadsMs: number | undefined;
  /** Most candidates of one window. */
  readonly maxHeld: number;
  /** A window should hold no longer: batches grow and shrink for it (25 on a filesystem, 200 on S3). */
  readonly holdTargetMs: number;
  /** The longest that one attempt at a removal takes before it is given up. */
  readonly attemptMs: number;
  readonly untagged: 'Keep' | 'Delete';
}
