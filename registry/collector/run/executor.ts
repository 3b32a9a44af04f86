import type { Gate } from '../../../core/window/gate.ts';
import type { RunId } from '../../../core/window/identity.ts';
import type { RunResult } from '../../../core/window/run/state.ts';
import { layout } from '../../storage/layout.ts';
import { pause } from '../../window/waiting.ts';
import { Attempt, type Ended } from './attempt.ts';
import { Collection } from './collection.ts';
import type { RunInput } from './input.ts';
import { isStillOurs } from './ownMark.ts';
import type { CollectionSettings, RunPorts } from './ports.ts';
import { RunProgress } from './progress.ts';
import type { Ending, RunReport } from './report.ts';
import { type Reason, stopOf } from './stop.ts';

/** Lives that die in a row, each fenced by an attempt of its own. */
const mostFencings = 4;
/** An executor that lives says so every two seconds; three permits are at least three seconds, and 30 as a rule. */
const silentPermits = 3;
/** So long a run waits for another to end, looking every so often, ms. */
const busyMs = 10_000;
const busyPauseMs = 100;

/**
 * Carries out a run, whatever state the storage was left in, and reports what came of it; the report is written down before it resolves. Rejects only for
 * faults of this program. `cancelled` ends it in order.
 */
export async function executeRun(
  ports: RunPorts,
  settings: CollectionSettings,
  input: RunInput,
  listen: (report: RunReport) => void,
  cancelled: AbortSignal,
): Promise<RunReport> {
  const { signal } = new AbortController(); // what has begun is ended in order, also after a cancellation
  await ports.records.runs.createInput(input.id, input, signal);
  const startedAt = await ports.driver.now(signal);
  const busyUntil = ports.mono() + busyMs;
  let overMarking = false;
  let fencings = 0;
  for (;;) {
    const attempt = await attemptRun(ports, settings, input, { startedAt, overMarking, listen }, { cancelled, signal });
    const { result } = attempt.ended;
    if (result.is === 'fenced' && fencings < mostFencings) {
      fencings++;
      overMarking = await isStillOurs(ports, attempt.run, signal); // the gate still says what we began
      continue;
    }
    if (result.is === 'busy' && !overMarking && (await isSilent(ports, result.gate, signal))) {
      overMarking = true;
      continue;
    }
    // Most often it serves clients' DELETEs and is over in a moment; a busy registry would otherwise never be collected.
    if (result.is === 'busy' && ports.mono() < busyUntil && !cancelled.aborted) {
      await pause(ports.timers, busyPauseMs, signal);
      continue;
    }
    return attempt.progress.end(await endingOf(ports, attempt.ended, signal));
  }
}

interface About {
  readonly startedAt: number;
  readonly overMarking: boolean;
  readonly listen: (report: RunReport) => void;
}

interface Signals {
  readonly cancelled: AbortSignal;
  readonly signal: AbortSignal;
}

async function attemptRun(
  ports: RunPorts,
  settings: CollectionSettings,
  input: RunInput,
  { startedAt, overMarking, listen }: About,
  { cancelled, signal }: Signals,
): Promise<{ readonly ended: Ended; readonly progress: RunProgress; readonly run: RunId }> {
  const { executor, mono, records } = ports;
  const run = ports.freshRun();
  const write = async (report: RunReport): Promise<void> => {
    await records.runs.writeReport(input.id, report, signal);
    // The gate names the attempt: whoever meets it looks there whether somebody is alive.
    if (report.ended === undefined) await records.runs.writeReport(run, report, signal);
  };
  const begun = { id: input.id, mode: input.mode, executor: executor.name, startedAt };
  const progress = new RunProgress(begun, { mono, write, tell: listen });
  const marker = ports.openMarker();
  try {
    const collection = new Collection(ports, settings, input, { run, marker, progress, cancelled }, signal);
    const runSettings = { run, executor, marks: true, overMarking, attemptMs: settings.attemptMs };
    const ended = await new Attempt(ports, settings, runSettings, collection, progress, {
      cancelled,
      storage: signal,
    }).run();
    return { ended: ended.result.is === 'completed' ? await finished(collection, ended) : ended, progress, run };
  } finally {
    await marker.close();
    if (run !== input.id) await records.runs.remove(run, signal);
  }
}

/** The audit after a run whose removals are through. */
async function finished(collection: Collection, ended: Ended): Promise<Ended> {
  try {
    await collection.finish();
    return ended;
  } catch (error) {
    return { ...ended, stopped: stopOf(error) };
  }
}

/** The executor that marks has given no sign of life for so long that it will not. */
async function isSilent({ driver, records }: RunPorts, gate: Gate, signal: AbortSignal): Promise<boolean> {
  const signs = [layout.gate(gate.epoch), ...(gate.run === undefined ? [] : [layout.runReport(gate.run)])];
  const seen = await Promise.all(signs.map(async (path) => (await driver.stat(path, signal))?.modifiedAt ?? 0));
  const current = await records.gates.read(signal);
  if (current?.epoch !== gate.epoch) return false;
  return (await driver.now(signal)) - Math.max(...seen) > silentPermits * gate.durations.permitTTLMs;
}

async function endingOf({ driver }: RunPorts, { result, stopped }: Ended, signal: AbortSignal): Promise<Ending> {
  const { reason, message } =
    stopped === undefined ? sayingOf(result) : { reason: stopped.reason, message: stopped.says };
  const succeeded = reason === 'Completed' || reason === 'Preview';
  return { at: await driver.now(signal), succeeded, reason, message };
}

function sayingOf(result: RunResult): { readonly reason: Reason; readonly message: string } {
  switch (result.is) {
    case 'completed':
      return { reason: 'Completed', message: 'all batches are through' };
    case 'fenced':
      return { reason: 'Fenced', message: `${names(result.lives)} did not answer, again and again` };
    case 'superseded':
      return { reason: 'Superseded', message: 'another executor moved the gate on' };
    case 'busy':
      return { reason: 'Busy', message: `${result.gate.run ?? 'another run'} is going on` };
    case 'readOnly':
      return { reason: 'ReadOnly', message: result.reason };
    case 'overflow':
      return {
        reason: 'Overflow',
        message: `the journal of ${result.life} was full: what was touched cannot be told any more`,
      };
    case 'stopped':
      return { reason: 'StorageError', message: result.why };
  }
}

function names(lives: readonly string[]): string {
  return lives.join(', ');
}
