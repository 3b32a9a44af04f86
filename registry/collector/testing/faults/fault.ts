import type { Image, ImageTree } from '../imageTree.ts';
import type { CollectorWorld } from '../collectorWorld.ts';
import type { RunPorts } from '../../run/ports.ts';
import type { Reason } from '../../run/stop.ts';

/** A storage of `twoTagsAndGarbage`, on which a run without a fault removes a tag and what nothing reaches. */
export interface Scene {
  readonly world: CollectorWorld;
  readonly tree: ImageTree;
  readonly old: Image;
  readonly recent: Image;
  readonly garbage: Image;
}

/** What the record of the run has to say. */
export interface Struck {
  /** As a person would look for it. */
  readonly object: string;
  /** Of an executor that meets the fault while it is at work; left out: the fault lies on the storage. */
  readonly ports?: Partial<RunPorts>;
  readonly reason?: Reason;
}

/** One kind of fault: does it to the storage, and says what must come of it. `Doubt` is the reason where none is said. */
export type Fault = (scene: Scene) => Struck | Promise<Struck>;
