import { stat } from 'node:fs/promises';
import type { AnyResource } from '../resources/home.ts';
import { DurableFiles } from './durableFiles.ts';
import { readEvents } from './eventFile.ts';
import type { RecordedEvent } from './eventLog.ts';
import { isAbsent, messageOf, StateError } from './failure.ts';
import { layout } from './layout.ts';
import { isLocked } from './lock.ts';
import { readHolder } from './openState.ts';
import { readRefusals } from './refusals.ts';
import type { Holder, Refusal } from './stateCodec.ts';
import { readObjects } from './stateFiles.ts';

/** A state directory as others see it, while its operator works or not. */
export interface StateView {
  /** False: there is no such directory, and nothing in it. */
  readonly isThere: boolean;
  readonly objects: readonly AnyResource[];
  /** Oldest first. */
  readonly events: readonly RecordedEvent[];
  readonly refusals: readonly Refusal[];
  readonly isOperatorRunning: boolean;
  /** Which operator works on it, or did last. */
  readonly holder?: Holder;
}

/** Changes nothing. Rejects with `StateError` on what is not understood. */
export async function readState(state: string, signal: AbortSignal): Promise<StateView> {
  signal.throwIfAborted();
  try {
    await stat(state);
  } catch (cause) {
    if (!isAbsent(cause)) throw new StateError(state, `cannot be read: ${messageOf(cause)}`, { cause });
    return { isThere: false, objects: [], events: [], refusals: [], isOperatorRunning: false };
  }
  const files = new DurableFiles(state);
  const [objects, events, refusals, holder] = await Promise.all([
    readObjects(files),
    readEvents(files),
    readRefusals(files),
    readHolder(files),
  ]);
  signal.throwIfAborted();
  const isOperatorRunning = isLocked(files.placeOf(layout.lock));
  return { isThere: true, objects, events, refusals, isOperatorRunning, ...(holder !== undefined && { holder }) };
}
