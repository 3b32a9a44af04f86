import { Waiting } from '../../window/waiting.ts';
import type { RunInput } from './input.ts';
import type { RunPorts } from './ports.ts';
import { RunProgress } from './progress.ts';
import type { RunReport } from './report.ts';

/** Others take over a run of which nothing was heard for half a minute. */
const signOfLifeMs = 5_000;

/**
 * Waits until the runs before this one in its process are through, and says on the storage meanwhile that it does: a run that is on record belongs to
 * somebody. Resolves with its report where it ended before its turn came, because it was cancelled. `turn` does not reject.
 */
export async function waitForTurn(
  ports: Pick<RunPorts, 'driver' | 'records' | 'mono' | 'timers' | 'executor'>,
  { id, mode }: RunInput,
  turn: Promise<void>,
  listen: (report: RunReport) => void,
  cancelled: AbortSignal,
): Promise<RunReport | undefined> {
  const { driver, records, mono, timers, executor } = ports;
  const { signal } = new AbortController(); // what is on record is ended in order
  const startedAt = await driver.now(signal);
  const progress = new RunProgress(
    { id, mode, executor: executor.name, startedAt },
    { mono, tell: listen, write: (report) => records.runs.writeReport(id, report, signal) },
  );
  progress.enter('Queued');
  const waiting = new Waiting(timers);
  let hasTurn = false;
  void turn.then(() => {
    hasTurn = true;
    waiting.wake();
  });
  const isOver = (): boolean => hasTurn || cancelled.aborted;
  const wake = (): void => {
    waiting.wake();
  };
  cancelled.addEventListener('abort', wake, { once: true });
  try {
    while (!isOver()) {
      await progress.beat();
      if (!isOver()) await waiting.until(signOfLifeMs, signal);
    }
  } finally {
    cancelled.removeEventListener('abort', wake);
  }
  if (!cancelled.aborted) return undefined;
  const at = await driver.now(signal);
  return progress.end({ at, succeeded: false, reason: 'Cancelled', message: 'it was cancelled before its turn came' });
}
