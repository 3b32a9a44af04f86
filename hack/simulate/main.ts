/** Runs schedules of the simulation (registry/simulation) by the hundred thousand: see `--help`. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { ablationNamed, ablationNames } from '../../registry/simulation/testing/ablations/ablations.ts';
import { runSchedule } from '../../registry/simulation/testing/schedule/schedule.ts';
import { sweep } from '../../registry/simulation/testing/sweep/sweep.ts';
import { replayOf, Tally } from '../../registry/simulation/testing/sweep/tally.ts';
import { wholeOf } from '../seeds/options.ts';
import { ProgressFile } from '../seeds/progressFile.ts';
import { type Progress, progress } from './progress.ts';

const usage = `Runs the registry, its collector and clients on a simulated storage, in schedules that seeds decide. A flaw prints its seed, and the exit code is 1.

  node hack/simulate/main.ts --resume simulated.json
      100,000 schedules. Ctrl-C stops it; started again, it goes on where it was.
  node hack/simulate/main.ts --from 200001 --schedules 5000
      Others.
  node hack/simulate/main.ts --seed 42
      One schedule again, told in words: the same seed gives the same history.
  node hack/simulate/main.ts --seed 42 --calls
      The same with every call on the storage.
  node hack/simulate/main.ts --seed 2 --without 'an fsync that does nothing'
      One with something wrong on purpose, as the tests do to see that it is found.

  --schedules N    how many (100000)
  --from N         the first seed (1)
  --workers N      threads (one for each processor)
  --resume FILE    where to keep how far it has come
  --seed N         this one and no other
  --calls          with --seed: every call
  --without NAME   with --seed: one of
${ablationNames.map((name) => `                   ${name}`).join('\n')}`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h' },
    schedules: { type: 'string', default: '100000' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(availableParallelism()) },
    resume: { type: 'string' },
    seed: { type: 'string' },
    calls: { type: 'boolean', default: false },
    without: { type: 'string' },
  },
});

const reportMs = 10_000;

if (values.help === true) console.log(usage);
else if (values.seed === undefined) await runMany();
else await replay(wholeOf('--seed', values.seed));

async function replay(seed: number): Promise<void> {
  const ablation = values.without === undefined ? {} : ablationNamed(values.without);
  const { history, violations, digest } = await runSchedule(seed, ablation, values.calls ? 'calls' : 'words');
  for (const line of history) console.log(line);
  console.log(violations.length === 0 ? `nothing is wrong; history ${digest}` : violations.join('\n'));
  process.exitCode = violations.length === 0 ? 0 : 1;
}

async function runMany(): Promise<void> {
  const file = values.resume === undefined ? undefined : new ProgressFile(values.resume, progress);
  const before = await file?.read();
  const from = before?.from ?? wholeOf('--from', values.from);
  const end = from + wholeOf('--schedules', values.schedules);
  const first = before?.next ?? from;
  const begun = performance.now();
  const stopping = new AbortController();
  process.once('SIGINT', () => {
    stopping.abort();
  });
  let told = begun;
  let found = 0;
  let writing = Promise.resolve();
  const progressAt = (tally: Tally, next: number): Progress => {
    const seconds = (before?.seconds ?? 0) + (performance.now() - begun) / 1000;
    return { from, next, seconds, figures: tally.figures };
  };
  const range = { from: first, count: Math.max(0, end - first) };
  const last = await sweep(range, wholeOf('--workers', values.workers), stopping.signal, ({ figures, next }) => {
    for (const { seed, violations } of figures.failures.slice(found)) console.log(replayOf(seed, violations));
    found = figures.failures.length;
    if (performance.now() - told < reportMs) return;
    told = performance.now();
    const rate = (figures.schedules / ((told - begun) / 1000)).toFixed(1);
    console.log(`${next - from} of ${end - from} schedules, ${rate} a second, ${found} failed`);
    const reached = progressAt(new Tally(before?.figures).join(figures), next);
    if (file !== undefined) writing = writing.then(() => file.write(reached));
  });
  await writing;
  const all = new Tally(before?.figures).join(last.figures);
  const reached = progressAt(all, last.next);
  await file?.write(reached);
  console.log(all.describe(reached.seconds));
  if (last.next < end) console.log(`stopped; seed ${last.next} is the next`);
  process.exitCode = all.figures.failures.length === 0 ? 0 : 1;
}
