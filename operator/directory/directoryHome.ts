import { pause, type Timers } from '../runtime/timers.ts';
import { EventFile } from './eventFile.ts';
import { EventLog, type RecordedEvent } from './eventLog.ts';
import { StateError } from './failure.ts';
import { Follower, type Source } from './follower.ts';
import { ObjectStore } from './objectStore.ts';
import { openState } from './openState.ts';
import type { Keeper, Log } from './ports.ts';
import { Refusals } from './refusals.ts';
import { scanOf } from './scan.ts';
import type { Refusal } from './stateCodec.ts';
import { keeperOf } from './stateFiles.ts';
import { Sync } from './sync.ts';
import { timestamp } from './transitions.ts';

export interface DirectoryHomeOptions {
  /** A directory (or one file) of YAML; or the documents themselves, which are read once. */
  readonly resources: string | { readonly from: 'text'; readonly text: () => Promise<string> };
  /** The state directory. It is made where it is not there. */
  readonly state: string;
  /** This machine's clock, ms since 1970. */
  readonly now: () => number;
  /** A clock that never goes back, ms. */
  readonly mono: () => number;
  readonly timers: Timers;
  /** A uid that was never given. */
  readonly fresh: () => string;
  readonly log: Log;
}

export interface DirectoryHome {
  readonly home: ObjectStore;
  /** Documents that are not admitted at present. */
  refusals(): readonly Refusal[];
  /** Oldest first. */
  events(): readonly RecordedEvent[];
  /** Stops following the directory, and lets go of the state once all that was begun is written. */
  close(): Promise<void>;
}

/** How often is looked for changes that nobody told of. */
const pollMs = 2_000;
/** Editors and Git write several files at once: after a word of the file system the rest is let come. */
const togetherMs = 200;

/**
 * Opens the state directory, takes what the resources declare, and follows them. It resolves once everything declared is taken, so that nobody acts on
 * a part of it. Rejects with `StateError` where the state cannot be used.
 */
export async function openDirectoryHome(options: DirectoryHomeOptions, signal: AbortSignal): Promise<DirectoryHome> {
  const { resources, state, now, log, fresh: freshUid } = options;
  const directory = typeof resources === 'string' ? resources : undefined;
  const { files, lock, ...kept } = await openState(state, directory, timestamp(now()));
  const events = new EventLog(
    now,
    (event) => {
      eventFile.append(event);
    },
    kept.events,
  );
  const eventFile = new EventFile(files, log, () => events.list());
  const keeper = closable(keeperOf(files), state);
  const store = new ObjectStore({ keeper, events, freshUid, now, log }, kept.objects, kept.version);
  const refusals = new Refusals(files, { events, now, log }, kept.refusals);
  const sync = new Sync({ store, refusals, log });
  const stop = new AbortController();
  const letGo = async (): Promise<void> => {
    stop.abort(new Error('the home is closed'));
    await following;
    store.endWatches();
    await store.settle();
    keeper.close();
    await eventFile.settle();
    lock.release();
  };
  let following: Promise<void> = Promise.resolve();
  try {
    const source = await sourceOf(options);
    await sync.apply(await source.next(signal), signal);
    store.collectOrphans();
    following = follow(source, sync, options, stop.signal);
  } catch (error) {
    await letGo();
    throw error;
  }
  return { home: store, refusals: () => refusals.list(), events: () => events.list(), close: letGo };
}

async function sourceOf({ resources, state, ...ports }: DirectoryHomeOptions): Promise<Source> {
  if (typeof resources === 'string') return new Follower(resources, state, ports);
  const scan = scanOf('-', await resources.text());
  return { next: async () => scan, changed: new Promise(() => undefined), close: () => undefined };
}

/** Until `signal` is aborted. What is declared is compared with what is kept each time, so that what could not be done is done the next time. */
async function follow(source: Source, sync: Sync, ports: DirectoryHomeOptions, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await untilWorthALook(source, ports.timers, signal);
      try {
        await sync.apply(await source.next(signal), signal);
      } catch (err) {
        signal.throwIfAborted();
        ports.log.error({ err }, 'what is declared could not be taken; trying again');
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    source.close();
  }
}

async function untilWorthALook(source: Source, timers: Timers, signal: AbortSignal): Promise<void> {
  const enough = new AbortController();
  const either = AbortSignal.any([signal, enough.signal]);
  try {
    await Promise.race([
      pause(timers, pollMs, either),
      source.changed.then(async () => pause(timers, togetherMs, either)),
    ]);
  } finally {
    enough.abort();
  }
}

/** After it was closed another operator may hold the state: what comes late is refused. */
function closable(keeper: Keeper, state: string): Keeper & { close(): void } {
  let isOpen = true;
  const refusal = (): Error => new StateError(state, 'is closed already');
  return {
    keep: async (writes) => (isOpen ? keeper.keep(writes) : writes.map(refusal)),
    reserve: async (version) => {
      if (!isOpen) throw refusal();
      await keeper.reserve(version);
    },
    close() {
      isOpen = false;
    },
  };
}
