import type { UndeleteOutcome } from '../load/undelete.ts';
import type { CollectorLoop } from './collectorLoop.ts';
import type { Holds } from './holds.ts';

/** A process that serves, and can be harmed. */
export interface Server {
  readonly name: string;
  readonly api: string;
  start(signal: AbortSignal): Promise<void>;
  send(signal: NodeJS.Signals): void;
  end(signal: NodeJS.Signals): Promise<number | undefined>;
  /** Why it does not run, with the end of its log; `undefined` while it does. */
  whyGone(): Promise<string | undefined>;
  /** How long requests waited since its start; left out where it does not say. */
  holds?(signal: AbortSignal): Promise<Holds>;
}

export interface Leftovers {
  readonly runs: number;
  /** Blobs on the disk that no tag reaches. */
  readonly garbage: number;
  /** Blobs that a tag reaches and that are not on the disk. */
  readonly missing: number;
}

/** What is put through the soak: three servers on one directory, and what collects their garbage meanwhile. */
export interface Contestant {
  readonly name: string;
  readonly servers: readonly Server[];
  readonly collectors: readonly CollectorLoop[];
  /** Within this time a server that was stopped has lost whatever right to write it had, ms. */
  readonly permitMs: number;
  readonly undelete?: (repository: string, tag: string, signal: AbortSignal) => Promise<UndeleteOutcome>;
  /** After everything else has come to rest: collects until nothing but what tags reach is left, and says what is; left out where that is not promised. */
  finish?(signal: AbortSignal): Promise<Leftovers>;
}
