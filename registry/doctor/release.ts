import { silentAfterMs } from '../window/housekeeping.ts';
import type { Timers } from '../window/ports.ts';
import { declare, withdraw } from '../window/readOnly.ts';
import type { Records } from '../records/records.ts';
import type { Fence, ReadableStore, StorageClock } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import type { Finding } from './findings.ts';
import { type OwnDirectory, ownPath, setAsidePath } from './ownDirectory.ts';
import { type OwnState, readOwnState } from './ownState.ts';

/*
 * How a storage is handed back to other registries:
 *
 *   look ─▶ declare read-only ─▶ look again ─▶ set aside ─▶ remove
 *             │ whoever comes from now on commits nothing     │ one rename: before it Coppice can serve,
 *             │ and opens no window                           │ after it any registry, Coppice as a new one
 *             └─ somebody came: withdraw, refuse
 *
 * A crash leaves a storage that is read-only, or what was set aside; a release that is repeated goes on from there.
 */
export interface ReleasePorts {
  readonly driver: ReadableStore & StorageClock & Pick<Fence, 'stagedLives' | 'openWindows'>;
  readonly records: Records;
  readonly directory: OwnDirectory;
  /** Monotonic, ms. */
  readonly mono: () => number;
  readonly timers: Timers;
}

export type ReleaseState =
  /** Coppice keeps nothing here. `isLeft`: but for what an interrupted release has set aside. */
  | { readonly is: 'nothing'; readonly isLeft: boolean }
  /** Why not; each says what to do. */
  | { readonly is: 'refused'; readonly reasons: readonly string[] }
  /** What is given up with it. */
  | { readonly is: 'ready'; readonly own: OwnState };

const owner = 'coppice release';
const reason = 'the storage is being handed back to other registries';
const budgetMs = 10_000;

/** Looks whether the storage can be handed back. What cannot be read or understood refuses. */
export async function lookAtRelease(ports: ReleasePorts, signal: AbortSignal): Promise<ReleaseState> {
  const { driver, records } = ports;
  const names = await driver.list(ownPath, signal);
  if (names === undefined) return { is: 'nothing', isLeft: (await driver.stat(setAsidePath, signal)) !== undefined };
  const foreign = names.filter(({ name }) => `${ownPath}/${name}` !== layout.own);
  const reasons = foreign.map(({ name }) => `${ownPath}/${name} is nothing that Coppice put there: move it elsewhere`);
  const findings: Finding[] = [];
  const now = await driver.now(signal);
  const own = await readOwnState({ store: driver, records, now }, (finding) => findings.push(finding), signal);
  if (own === undefined) return { is: 'nothing', isLeft: (await driver.stat(setAsidePath, signal)) !== undefined };
  reasons.push(...findings.map(({ object, says }) => (says.startsWith(object) ? says : `${object}: ${says}`)));
  if (reasons.length > 0) return { is: 'refused', reasons }; // of what is not known nothing more is said
  reasons.push(
    ...refusalsOfGate(own),
    ...refusalsOfLives(own, now),
    ...(await refusalsOfFence(ports, own, now, signal)),
  );
  return reasons.length > 0 ? { is: 'refused', reasons } : { is: 'ready', own };
}

/** Hands the storage back, or says why not; then it is as it was. */
export async function release(ports: ReleasePorts, signal: AbortSignal): Promise<ReleaseState> {
  const { driver, records, directory, mono, timers } = ports;
  const first = await lookAtRelease(ports, signal);
  if (first.is === 'nothing') await directory.removeSetAside();
  if (first.is !== 'ready') return first;
  const readOnly = { gates: records.gates, mono, timers };
  if (first.own.gate !== undefined) {
    const declared = await declare(readOnly, { reason, owner, since: await driver.now(signal) }, budgetMs, signal);
    if (declared.is === 'ownedBy') return { is: 'refused', reasons: [`${declared.owner} declared it read-only`] };
    if (declared.is === 'busy') return { is: 'refused', reasons: ['a run is on: wait for its end'] };
  }
  const again = await lookAtRelease(ports, signal);
  if (again.is === 'refused') {
    if (first.own.gate !== undefined) await withdraw(readOnly, owner, budgetMs, signal);
    return again;
  }
  if (again.is === 'nothing') return first; // another release was faster
  await directory.removeSetAside(); // of a release before this one
  await directory.setAside();
  await directory.removeSetAside();
  return first;
}

function refusalsOfGate({ gate, lives }: OwnState): readonly string[] {
  if (gate === undefined) {
    const isLost = lives.length > 0;
    return isLost ? ['the gate is gone though replicas are registered: what it said is not known'] : [];
  }
  const reasons: string[] = [];
  if (gate.phase !== 'OPEN') {
    const until = 'wait for its end; where its executor has died, `coppice plan` takes its place and ends it';
    reasons.push(`run ${gate.run} of ${gate.executor.name} is on (${gate.phase}): ${until}`);
  }
  if (gate.readOnly !== undefined && gate.readOnly.owner !== owner)
    reasons.push(`${gate.readOnly.owner} declared it read-only (${gate.readOnly.reason}): let that end first`);
  return reasons;
}

/** A life that has not been heard of for so long is fenced by any other, and here by the rename that takes its stage away. */
function refusalsOfLives({ lives }: OwnState, now: number): readonly string[] {
  return lives
    .filter(({ left, heardAt }) => !left && now - heardAt <= silentAfterMs)
    .map(({ life, instance, heardAt }) => {
      const seconds = Math.max(0, Math.round((now - heardAt) / 1000));
      return `life ${life} of ${instance} stands, heard ${seconds} s ago: stop that replica; one that was killed counts for ten minutes`;
    });
}

/** Stages without a record, of lives that just begin, and doors, of windows that no gate announces. */
async function refusalsOfFence(
  { driver }: ReleasePorts,
  { lives }: OwnState,
  now: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const reasons: string[] = [];
  const known = new Set(lives.map(({ life }) => life));
  for (const life of await driver.stagedLives(signal)) {
    const stage = known.has(life) ? undefined : await driver.stat(layout.stage(life), signal);
    if (stage !== undefined && now - stage.modifiedAt <= silentAfterMs)
      reasons.push(`life ${life} is about to begin: stop that replica`);
  }
  for (const { window, modifiedAt } of await driver.openWindows(signal))
    if (now - modifiedAt <= silentAfterMs) reasons.push(`window ${window} stands: wait until it has ended`);
  return reasons;
}
