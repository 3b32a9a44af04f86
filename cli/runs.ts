import { setTimeout as delay } from 'node:timers/promises';
import type { Administration } from '../registry/admin/administration.ts';
import type { RunItem, RunOrder, RunView } from '../core/admin/schema.ts';
import type { Call } from './command.ts';
import { type Ending, Failure } from './failure.ts';
import { pages } from './pages.ts';
import { Progress } from './progress.ts';
import { readResources, type Resources } from './resources.ts';
import { note, say, sayRows } from './terminal.ts';
import { bytes, count, span } from './units.ts';
import { administer } from './where.ts';

const pollMs = 200;

interface Ordered extends Resources {
  readonly mode: 'plan' | 'execute';
  readonly approvedPlan?: string;
}

/** Whom to ask: calls `work`, and closes what was opened for it. */
type Through = <T>(work: (administration: Administration) => Promise<T>) => Promise<T>;

/** `plan` and `collect`: one run, as its options say, from order to report. */
export async function orderRun(call: Call, mode: 'plan' | 'execute'): Promise<Ending> {
  if (call.operands.length > 0)
    throw new Failure('usage', `resources are given with -f, not as ${call.operands.join(' ')}`);
  const approvedPlan = call.text('approve');
  if (approvedPlan !== undefined && !/^sha256:[0-9a-f]{64}$/.test(approvedPlan)) {
    throw new Failure('usage', '--approve takes the digest of a plan, sha256:…');
  }
  const resources = await readResources(call.texts('file'), call.world.signal);
  const ordered = { ...resources, mode, ...(approvedPlan === undefined ? {} : { approvedPlan }) };
  return carryOut(call, ordered, (work) => administer(call, work));
}

export async function carryOut(call: Call, ordered: Ordered, through: Through): Promise<Ending> {
  const { mode, policies, requests, approvedPlan } = ordered;
  const untagged = call.flag('delete-untagged') ? { untagged: 'Delete' as const } : {};
  const order: RunOrder = {
    id: `cli-${call.world.now().toString(36)}-${call.world.fresh().slice(0, 8)}`,
    mode,
    ...(approvedPlan === undefined ? {} : { approvedPlan }),
    input: { policies: [...policies], requests: [...requests], ...untagged },
  };
  return through(async (administration) => {
    const run = await follow(call, administration, order);
    await report(call, administration, run);
    return endingOf(run, call.world.signal.aborted);
  });
}

/** Until the run has ended. The first Ctrl-C cancels it, and its end is still waited for: a window is never left to lapse. */
async function follow(call: Call, administration: Administration, order: RunOrder): Promise<RunView> {
  const { signal, terminal } = call.world;
  const progress = new Progress(terminal);
  const steady = new AbortController().signal; // what is asked after a cancellation must still be answered
  signal.throwIfAborted();
  let run = await administration.beginRun(order, 'cli', steady);
  let isCancelled = false;
  try {
    while (run.ended === undefined) {
      progress.show(run);
      if (signal.aborted && !isCancelled) {
        isCancelled = true;
        run = await administration.cancel(order.id, 'cli', steady);
      } else {
        await pause(signal.aborted ? steady : signal);
        run = await administration.run(order.id, steady);
      }
    }
    return run;
  } finally {
    progress.clear();
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  await delay(pollMs, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

async function report(call: Call, administration: Administration, run: RunView): Promise<void> {
  const { terminal } = call.world;
  const { signal } = new AbortController();
  const items: RunItem[] = [];
  if (run.plan !== undefined) {
    for await (const item of pages((page) => administration.items(run.id, page, signal))) items.push(item);
  }
  const rows = items.map(({ fate, step, object, why, by = '', bytes: size }) => [
    fate,
    step,
    object,
    size === undefined ? '' : bytes(size),
    by === '' ? why : `${why}: ${by}`,
  ]);
  const isJson = call.output === 'json';
  if (isJson || (rows.length > 0 && !call.flag('quiet'))) {
    sayRows(terminal, call.output, { run, items }, ['FATE', 'WHAT', 'OBJECT', 'SIZE', 'WHY'], rows);
  }
  for (const line of summary(run, items)) (isJson ? note : say)(terminal, line);
}

function summary({ plan, ended, mode, sweep, windows, audit }: RunView, items: readonly RunItem[]): readonly string[] {
  const lines: string[] = [];
  const spared = items.filter(({ fate }) => fate === 'spared').length;
  if (plan !== undefined) lines.push(`plan ${plan.digest}: ${count(plan.items, 'item')} to go, ${spared} spared`);
  if (ended !== undefined && ended.reason !== 'Completed') lines.push(`${ended.reason}: ${ended.message}`);
  if (ended?.reason === 'LimitExceeded' && plan !== undefined) {
    lines.push(`carry it out all the same with --approve ${plan.digest}`);
  }
  if (mode === 'plan') return lines;
  const { request, tag, untagged, manifest, layer, data } = sweep.removedBySteps;
  const removed = [
    [request, 'request'],
    [tag, 'tag'],
    [untagged + manifest, 'manifest'],
    [layer, 'layer link'],
    [data, 'blob'],
  ] as const;
  const what = removed.filter(([n]) => n > 0).map(([n, one]) => count(n, one));
  const long = windows.count === 0 ? '' : `, the longest ${span(windows.longestMs)}`;
  lines.push(
    `removed ${what.length === 0 ? 'nothing' : `${what.join(', ')}: ${bytes(sweep.bytes)}`}; ${sweep.spared} spared; ` +
      `${count(windows.count, 'window')}${long}`,
  );
  if (sweep.undoableUntil !== undefined) lines.push(`deletions can be undone until ${sweep.undoableUntil}`);
  if (audit !== undefined) {
    lines.push(
      `audit: ${count(audit.manifests, 'manifest')} walked, ${audit.missing} missing, ${audit.putBack} put back`,
    );
    lines.push(...audit.missingItems.map((object) => `  missing: ${object}`));
  }
  return lines;
}

const asking = new Set(['LimitExceeded', 'PlanChanged', 'Preview']);

function endingOf({ mode, ended, audit }: RunView, isCancelled: boolean): Ending {
  if (ended === undefined) return 'failed';
  if (isCancelled && ended.reason === 'Cancelled') return 'cancelled';
  if (mode === 'execute' && asking.has(ended.reason)) return 'asks';
  return ended.succeeded && (audit?.missing ?? 0) === 0 ? 'ok' : 'failed';
}
