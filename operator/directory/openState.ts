import { mkdir, realpath } from 'node:fs/promises';
import { hostname } from 'node:os';
import { sep } from 'node:path';
import type { AnyResource } from '../resources/home.ts';
import { DurableFiles } from './durableFiles.ts';
import { readEvents } from './eventFile.ts';
import type { RecordedEvent } from './eventLog.ts';
import { isAbsent, messageOf, StateError } from './failure.ts';
import { layout } from './layout.ts';
import { acquireLock, type Lock } from './lock.ts';
import { readRefusals } from './refusals.ts';
import { decode, type Holder, holder, type Refusal } from './stateCodec.ts';
import { readObjects, readVersion } from './stateFiles.ts';

/** A state directory that is ours alone, and what it holds. */
export interface OpenState {
  readonly files: DurableFiles;
  readonly lock: Lock;
  readonly objects: readonly AnyResource[];
  readonly events: readonly RecordedEvent[];
  readonly refusals: readonly Refusal[];
  readonly version: number;
}

/**
 * Rejects with `StateError` where another operator holds it, or where something in it is not understood. `resources`: the directory that is followed, if it
 * is one. `now`: RFC 3339.
 */
export async function openState(state: string, resources: string | undefined, now: string): Promise<OpenState> {
  try {
    await mkdir(state, { recursive: true });
  } catch (cause) {
    throw new StateError(state, `cannot be made: ${messageOf(cause)}`, { cause });
  }
  const isWithin = resources !== undefined && (await liesWithin(state, resources));
  const files = new DurableFiles(state);
  const lock = acquireLock(files.placeOf(layout.lock));
  if (lock === 'held') throw await heldBy(files, state);
  try {
    await files.prepare();
    await files.write(layout.holder, `${JSON.stringify({ pid: process.pid, host: hostname(), since: now })}\n`);
    if (isWithin && (await files.read(layout.ignored)) === undefined) await files.write(layout.ignored, '*\n');
    const [objects, events, refusals, version] = await Promise.all([
      readObjects(files),
      readEvents(files),
      readRefusals(files),
      readVersion(files),
    ]);
    return { files, lock, objects, events, refusals, version };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Whether it lies inside of the resources. The other way round its own files would be taken for resources. */
async function liesWithin(state: string, resources: string): Promise<boolean> {
  const inner = await realpath(state);
  let outer: string;
  try {
    outer = await realpath(resources);
  } catch (cause) {
    throw new Error(`${resources}: ${isAbsent(cause) ? 'there is no such directory' : messageOf(cause)}`, { cause });
  }
  if (inner === outer || outer.startsWith(`${inner}${sep}`)) {
    throw new StateError(
      state,
      `holds the resources (${resources}): state needs a directory of its own, such as ${resources}/.coppice`,
    );
  }
  return inner.startsWith(`${outer}${sep}`);
}

/** Which operator it is, as far as it can be told: nothing is decided by it. */
export async function readHolder(files: DurableFiles): Promise<Holder | undefined> {
  const content = await files.read(layout.holder);
  return content === undefined ? undefined : decode(holder, files.placeOf(layout.holder), content);
}

async function heldBy(files: DurableFiles, state: string): Promise<StateError> {
  const found = await readHolder(files).catch(() => undefined); // written a moment after the lock was taken
  const who = found === undefined ? '' : ` (process ${found.pid} on ${found.host}, since ${found.since})`;
  return new StateError(
    state,
    `another operator works on it${who}: stop that one, or give this one a --state of its own`,
  );
}
