import { parentPort } from 'node:worker_threads';
import { type AblationName, firstCaught } from './ablations.ts';

export interface CatchAsked {
  readonly name: AblationName;
  readonly within: number;
}

const port = parentPort;
if (port === null) throw new Error('this is a thread that runs schedules without something');

port.on('message', ({ name, within }: CatchAsked) => {
  void firstCaught(name, within).then((caught) => {
    port.postMessage(caught);
  });
});
