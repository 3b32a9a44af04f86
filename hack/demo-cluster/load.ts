import { setTimeout as pause } from 'node:timers/promises';
import { RegistryClient } from '../load/client.ts';
import { Ledger } from '../load/ledger.ts';
import { Pusher } from '../load/pusher.ts';
import { Random } from '../load/random.ts';
import { Tally } from '../load/tally.ts';

/** Clients that push through one address until they are stopped, and what was acknowledged to them. */
export class Load {
  readonly client: RegistryClient;
  readonly ledger = new Ledger();
  /** Of every push, and how it ended after the retries that clients make. */
  readonly tally = new Tally();
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;

  constructor(url: string, signal: AbortSignal) {
    const waiting = async (ms: number): Promise<void> => pause(ms, undefined, { signal });
    this.client = new RegistryClient(url, { retryAfterMs: [100, 200, 400, 800, 1600, 3200], pause: waiting });
    const until = AbortSignal.any([signal, this.#stop.signal]);
    this.#running = Promise.all([0, 1, 2, 3].map(async (number) => this.#pusher(number).run(until)));
  }

  /** Resolves when nobody pushes any more; rejects where one of them failed otherwise than by a refusal. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  #pusher(number: number): Pusher {
    return new Pusher({
      name: `client-${number}`,
      repositories: [`team/app-${number}`],
      replicas: [this.client],
      ledger: this.ledger,
      tally: this.tally,
      random: new Random(`demo-cluster ${number}`),
      layerBytes: 4096,
      restMs: 200,
      mix: { index: 15, artifact: 15, retag: 10, remove: 0 },
      tagOf: (tag) => (tag % 2 === 0 ? `pr-${tag}` : `1.0.${tag}`),
    });
  }
}
