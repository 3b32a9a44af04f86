import { type MessagePort, MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Directory } from './directory.ts';
import type { Helper } from './sharedReading.ts';
import type { HandedOver } from './sharedRound.ts';

/** What a helper's thread is started with. */
export interface HelperOrder {
  readonly root: string;
  readonly port: MessagePort;
}

/** A round as it crosses threads. */
export interface RoundMessage {
  readonly number: number;
  readonly directories: readonly Directory[];
  readonly memory: SharedArrayBuffer;
}

/** A helper in a thread of its own, over a directory. */
export function startHelper(root: string): Helper {
  const { port1: ours, port2: port } = new MessageChannel();
  const order: HelperOrder = { root, port };
  const worker = new Worker(threadFile, { workerData: order, transferList: [port] });
  worker.unref();
  worker.on('error', () => undefined); // the walk goes on without it
  return {
    begin: ({ number, directories, counters }) => {
      const message: RoundMessage = { number, directories, memory: counters.memory };
      worker.postMessage(message);
    },
    received: () => (receiveMessageOnPort(ours) as { message: HandedOver } | undefined)?.message,
    end: async () => {
      ours.close();
      await worker.terminate();
    },
  };
}

/** Beside this file, with the ending that this file has: `.ts` from a checkout, `.js` once built. */
const threadFile = new URL(
  import.meta.url.endsWith('.ts') ? './helperThread.ts' : './helperThread.js',
  import.meta.url,
);
