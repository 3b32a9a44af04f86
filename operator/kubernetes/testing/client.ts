import type { Timers } from '../../runtime/timers.ts';
import { systemTimers } from '../../runtime/timers.ts';
import { Connections } from '../connections.ts';
import { Credentials } from '../credentials.ts';
import { Transport } from '../transport.ts';

export interface TestClient {
  readonly transport: Transport;
  readonly connections: Connections;
  /** What was waited for, in ms; nobody really does. */
  readonly waits: number[];
  /** `METHOD STATUS` of each attempt. */
  readonly answered: string[];
}

/** Waits of up to `longestWaitMs` are over at once; what is longer is the deadline of a request. */
export function clientOf(kubeconfig: string, longestWaitMs = 20_000): TestClient {
  const waits: number[] = [];
  const answered: string[] = [];
  const timers: Timers = {
    after(ms, run) {
      if (ms > longestWaitMs) return systemTimers.after(ms, run);
      waits.push(ms);
      return systemTimers.after(0, run);
    },
  };
  const connections = new Connections(new Credentials({ kubeconfig }));
  const metrics = {
    onAnswered(method: string, status: number | undefined): void {
      answered.push(`${method} ${status ?? '-'}`);
    },
  };
  const transport = new Transport({ connections, timers, random: () => 0.5, metrics, userAgent: 'coppice/test' });
  return { transport, connections, waits, answered };
}
