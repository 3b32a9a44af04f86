import { Doubt } from '../../../core/reach/doubt.ts';
import { StorageError } from '../../storage/driver.ts';

/** Why a run ended as it did; the first five are conditions of a CollectionRun, the others are its colour. */
export type Reason =
  | 'Completed'
  | 'Preview'
  | 'Doubt'
  | 'ForeignWriter'
  | 'ProtectionsStale'
  | 'LimitExceeded'
  | 'PlanChanged'
  | 'Fenced'
  | 'StorageError'
  | 'Superseded'
  | 'Busy'
  | 'ReadOnly'
  | 'Overflow'
  | 'Cancelled';

/** Ends the run in order, with nothing more removed by it. */
export class Stop extends Error {
  override readonly name = 'Stop';
  readonly reason: Reason;
  constructor(reason: Reason, says: string, options?: ErrorOptions) {
    super(says, options);
    this.reason = reason;
  }
}

/** Why the shell of a run ended it. */
export interface Stopped {
  readonly reason: Reason;
  readonly says: string;
}

/** What ends a run in order. A fault of this program is none of these, and is thrown on. */
export function stopOf(error: unknown): Stopped {
  if (error instanceof Stop) return { reason: error.reason, says: error.message };
  if (error instanceof Doubt) return { reason: 'Doubt', says: error.message };
  if (error instanceof StorageError) return { reason: 'StorageError', says: error.message };
  throw error;
}
