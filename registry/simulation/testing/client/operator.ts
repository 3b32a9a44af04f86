import type { RunInput } from '../../../collector/run/input.ts';
import type { RunReport } from '../../../collector/run/report.ts';
import type { RetentionPolicy } from '../../../../core/retention/policy.ts';
import { StorageError } from '../../../storage/driver.ts';
import { ConnectionLost, type SimulatedProcess } from '../kernel/process.ts';
import { isCoveredByPolicy, repositories, tags } from './catalogue.ts';
import { type Order, orderDeletion } from './ordering.ts';
import type { Session } from './session.ts';

/** Somebody who can carry out a run, and the process that does. */
export interface Executor {
  readonly process: SimulatedProcess;
  collect(input: Omit<RunInput, 'id'>, cancelled: AbortSignal): Promise<RunReport>;
}

/** Removes every tag that it covers: what it must spare is what was pushed a moment ago. */
const old: RetentionPolicy = {
  name: 'simulated/old',
  repositories: { include: ['**'], exclude: [] },
  rules: [{ name: 'old', select: { by: 'glob', globs: ['old-*'] }, keep: { orderBy: 'pushed' } }],
};

/** Orders collections, one after the other, until `isOver`. */
export async function operate(
  session: Session,
  executor: () => Executor | undefined,
  isOver: () => boolean,
): Promise<void> {
  const { chance, scheduler } = session.world;
  while (!isOver()) {
    await scheduler.sleep(chance.around(600));
    const next = isOver() ? undefined : executor();
    if (next === undefined) continue;
    const orders = chance.happens(0.3) ? [orderDeletion(session)] : [];
    await collect(session, next, chance.happens(0.4) ? [old] : [], orders);
  }
}

/** `undefined`: the process that did it is gone, or the storage failed. */
export async function collect(
  session: Session,
  executor: Executor,
  policies: readonly RetentionPolicy[],
  orders: readonly Order[] = [],
): Promise<RunReport | undefined> {
  const { judge, history, chance, scheduler } = session.world;
  const covered = policies.length === 0 ? [] : tags.filter(isCoveredByPolicy);
  const writes = repositories.flatMap((repository) =>
    covered.map((tag) => {
      const register = judge.tag(repository, tag);
      return { register, write: register.begin({ to: 'absent', onlyOlderThanMs: judge.promiseMs }) };
    }),
  );
  const asked = [...policies.map(({ name }) => name), ...orders.map(({ request }) => JSON.stringify(request.targets))];
  session.say(`orders a run of ${executor.process.name}: ${asked.join(', ') || 'collect'}`);
  session.world.stir.now();
  const cancelling = new AbortController();
  if (chance.happens(session.world.hangUps())) {
    scheduler.after(chance.around(200), () => {
      cancelling.abort(new Error('cancelled'));
    });
  }
  const report = await reportOf(
    session,
    executor,
    { policies, requests: orders.map(({ request }) => request) },
    cancelling.signal,
  );
  if (report !== undefined) {
    for (const { register, write } of writes) register.over(write);
    for (const { over } of orders) over();
  }
  if (orders.length > 0) history.count('runs with requests');
  const { removed = 0, spared = 0 } = report?.sweep ?? {};
  history.count('objects removed', removed);
  history.count('objects spared', spared);
  history.count(`runs: ${report?.ended?.reason ?? 'no report'}`);
  judgeDoubt(session, report);
  session.say(
    `run: ${report?.ended?.reason ?? 'no report'} ${report?.ended?.message ?? ''}; ${removed} removed, ${spared} spared`,
  );
  return report;
}

/** G1: a storage that neither fails nor deceives gives no reason to doubt, but for its clock beside that of a machine that stood still. */
function judgeDoubt({ world: { judge, mayDeceive } }: Session, report: RunReport | undefined): void {
  const { reason, message = '' } = report?.ended ?? {};
  if (reason !== 'Doubt' || mayDeceive || message.includes('clock')) return;
  judge.violated('G1', `a run doubts without a cause: ${message}`);
}

async function reportOf(
  { world: { judge, mayFail } }: Session,
  executor: Executor,
  asked: Pick<RunInput, 'policies' | 'requests'>,
  cancelled: AbortSignal,
): Promise<RunReport | undefined> {
  const input = { mode: 'execute', limits: {}, ...asked } as const;
  try {
    return await Promise.race([executor.collect(input, cancelled), executor.process.gone]);
  } catch (error) {
    const isKnown = error instanceof ConnectionLost || (error instanceof StorageError && mayFail);
    if (!isKnown) judge.faulted(error);
    return undefined;
  }
}
