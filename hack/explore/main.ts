/** Explores schedules of the window's state machines by the million: see `--help`. */
import { parseArgs } from 'node:util';
import { counters } from '../../core/window/testing/explorer/coverage.ts';
import { add, coverageOf, type Explorations, nothingExplored } from '../../core/window/testing/explorer/chunk.ts';
import { exploreSeeds } from '../../core/window/testing/explorer/crowd.ts';
import { explore } from '../../core/window/testing/explorer/schedule.ts';
import { tellShortest } from '../../core/window/testing/explorer/shrinking.ts';
import { anyWorld } from '../../core/window/testing/explorer/worlds.ts';
import { wholeOf } from '../seeds/options.ts';
import { ProgressFile } from '../seeds/progressFile.ts';
import { standing, type Standing } from './standing.ts';

const usage = `Explores random schedules of the window's state machines. A flaw prints its seed and its shortest history in words, and the exit code is 1.

  node hack/explore/main.ts --schedules 10000000 --resume explored.json
      Ctrl-C stops it; started again, it goes on where it was.
  node hack/explore/main.ts --seed 42
      One schedule again.

  --schedules N   how many (10000000)
  --from N        the first seed (1)
  --workers N     threads (2)
  --resume FILE   where to keep how far it has come
  --seed N        this one and no other`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h' },
    schedules: { type: 'string', default: '10000000' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    resume: { type: 'string' },
    seed: { type: 'string' },
  },
});

const reportMs = 10_000;

if (values.help === true) console.log(usage);
else if (values.seed === undefined) await exploreMany();
else replay(wholeOf('--seed', values.seed));

function replay(seed: number): void {
  const { flaw, moves, covered } = explore(seed, anyWorld());
  if (flaw !== undefined) {
    console.log(tellShortest(seed, anyWorld()));
    process.exitCode = 1;
    return;
  }
  const happened = counters
    .filter((counter) => covered[counter] > 0)
    .map((counter) => `${counter} ${covered[counter]}`);
  console.log(`seed ${seed}: nothing wrong in ${moves.length} moves: ${happened.join(', ')}`);
}

async function exploreMany(): Promise<void> {
  const file = values.resume === undefined ? undefined : new ProgressFile(values.resume, standing);
  const before = await standingIn(file);
  const from = before?.from ?? wholeOf('--from', values.from);
  const end = from + wholeOf('--schedules', values.schedules);
  const first = before?.next ?? from;
  const begun = performance.now();
  const stopping = new AbortController();
  process.once('SIGINT', () => {
    stopping.abort();
  });
  const standingAt = (next: number, seen: Explorations): Standing => {
    const { schedules, moves, events, schedulesWith } = add(before ?? nothingExplored, seen);
    const seconds = (before?.seconds ?? 0) + (performance.now() - begun) / 1_000;
    return { from, next, seconds, schedules, moves, events, schedulesWith };
  };
  let told = begun;
  let writing = Promise.resolve();
  const span = { from: first, count: Math.max(0, end - first), workers: wholeOf('--workers', values.workers) };
  const last = await exploreSeeds(span, stopping.signal, ({ next, ...seen }) => {
    if (performance.now() - told < reportMs) return;
    told = performance.now();
    const rate = Math.round(seen.schedules / ((told - begun) / 1_000));
    console.log(`${next - from} of ${end - from} schedules, ${rate} a second`);
    if (file !== undefined) writing = writing.then(() => file.write(standingAt(next, seen)));
  });
  await writing;
  const reached = standingAt(last.next, last);
  if (last.flawed !== undefined) {
    console.log(tellShortest(last.flawed, anyWorld()));
    process.exitCode = 1;
    return; // the next start finds it again
  }
  await file?.write(reached);
  tell(reached, end);
}

/** Counters that were not there when it was written begin at nothing. */
async function standingIn(file: ProgressFile<typeof standing> | undefined): Promise<Standing | undefined> {
  const written = await file?.read();
  if (written === undefined) return undefined;
  return { ...written, events: coverageOf(written.events), schedulesWith: coverageOf(written.schedulesWith) };
}

function tell({ from, next, seconds, schedules, moves, events, schedulesWith }: Standing, end: number): void {
  for (const counter of counters) {
    const share = ((100 * schedulesWith[counter]) / Math.max(1, schedules)).toFixed(1);
    console.log(`  ${counter}: ${events[counter]}, in ${share} % of the schedules`);
  }
  const rate = Math.round(schedules / seconds);
  console.log(
    `${schedules} schedules (seeds ${from} to ${next - 1}), ${moves} moves, ${rate} schedules a second: nothing wrong`,
  );
  if (next < end) console.log(`stopped; seed ${next} is the next`);
}
