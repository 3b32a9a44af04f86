import { parentPort } from 'node:worker_threads';
import { runSchedule } from '../schedule/schedule.ts';
import { type Range, Tally } from './tally.ts';

const port = parentPort;
if (port === null) throw new Error('this is a thread that runs schedules, started by `sweep`');

port.on('message', (range: Range) => {
  void tallyOf(range).then((tally) => {
    port.postMessage(tally.figures);
  });
});

async function tallyOf({ from, count }: Range): Promise<Tally> {
  const tally = new Tally();
  for (let seed = from; seed < from + count; seed += 1) tally.add(await runSchedule(seed));
  return tally;
}
