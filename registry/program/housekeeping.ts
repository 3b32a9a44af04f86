import { hasNewMember, mergePulls } from '../evidence/merge.ts';
import { PullStore } from '../records/pulls.ts';
import { pruneTemporaries } from '../records/temporaries.ts';
import { kernelId } from '../storage/filesystem/kernel.ts';
import type { Log, Timers } from '../window/ports.ts';
import { isAborted, pause } from '../window/waiting.ts';
import type { StorageParts } from './storage.ts';

const everyMs = 60_000;
/** What pulls were recorded is taken together every half an hour. */
const gatherRounds = 30;
/** Longer than any record is on its way. */
const temporaryMs = 10 * 60_000;
/** Longer than any client waits for the answer to its request. */
const answeredMs = 60 * 60_000;

export interface HousekeepingPorts {
  readonly storage: StorageParts;
  readonly timers: Timers;
  readonly log: Log;
  /** A name that was never used. */
  readonly fresh: () => string;
}

/** Each minute until `signal`: removes what nobody waits for any more, and sees to the reserve; lives and held sets are the replica's own. A failure waits for the next minute. */
export async function keepHouse(ports: HousekeepingPorts, signal: AbortSignal): Promise<void> {
  for (let round = 0; !isAborted(signal); round += 1) {
    try {
      if (round > 0) {
        await pause(ports.timers, everyMs, signal);
        await tidy(ports, signal);
      }
      await gatherPulls(ports, round, signal);
    } catch (error) {
      if (isAborted(signal)) return;
      ports.log.warn({ err: error }, 'housekeeping failed');
    }
  }
}

async function tidy({ storage, log }: HousekeepingPorts, signal: AbortSignal): Promise<void> {
  const now = await storage.driver.now(signal);
  await pruneTemporaries(storage.driver, now - temporaryMs, signal);
  await storage.records.requests.tidy(now - answeredMs, signal);
  await setReserveAside({ storage, log }, signal);
}

/** At once, in case that a replica which does not record is about to leave; then from time to time, and whenever somebody is new. */
async function gatherPulls({ storage, fresh }: HousekeepingPorts, round: number, signal: AbortSignal): Promise<void> {
  const { driver, records } = storage;
  const ports = { pulls: new PullStore(driver), members: records.members, clock: driver, fresh, kernel: kernelId };
  if (round % gatherRounds === 0 || (await hasNewMember(ports, signal))) await mergePulls(ports, signal);
}

/** Before anything needs it: where a disk fills up later, lives that end are still followed by others, and deletions go on. */
export async function setReserveAside(
  { storage, log }: Pick<HousekeepingPorts, 'storage' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  if ((await storage.reserve.restore(signal)) === 'full')
    log.warn({}, 'the storage is full: its reserve cannot be set aside');
}
