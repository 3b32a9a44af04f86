import {
  type LifeId,
  parseLifeId,
  parseRunId,
  parseStorageId,
  parseWindowId,
  type RunId,
  type StorageId,
  type WindowId,
} from '../../core/window/identity.ts';
import type { ProcessPorts } from './process.ts';

/** Names for what begins here, of the one source of fresh ones. */
export interface Names {
  readonly life: () => LifeId;
  readonly window: () => WindowId;
  readonly storage: () => StorageId;
  /** Begins with the time, so that names of runs sort by their beginning. */
  readonly run: () => RunId;
}

export function namesOf({ fresh, now }: Pick<ProcessPorts, 'fresh' | 'now'>): Names {
  return {
    life: () => certain(parseLifeId(fresh())),
    window: () => certain(parseWindowId(fresh())),
    storage: () => certain(parseStorageId(fresh())),
    run: () => certain(parseRunId(`${now().toString(36).padStart(9, '0')}-${fresh().slice(0, 12)}`)),
  };
}

function certain<T>(name: T | undefined): T {
  if (name === undefined) throw new Error('`fresh` gives what is no name');
  return name;
}
