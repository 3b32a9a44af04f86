import { setTimeout as pause } from 'node:timers/promises';
import { RegistryClient } from '../load/client.ts';
import type { Ledger } from '../load/ledger.ts';
import { Pusher } from '../load/pusher.ts';
import { Random } from '../load/random.ts';
import type { Replica } from '../load/replica.ts';
import type { Tally } from '../load/tally.ts';
import { undelete } from '../load/undelete.ts';

const mix = { index: 15, artifact: 10, retag: 15, mount: 15, remove: 15, removeDigest: 5, undelete: 5 };

/** Four clients of a replica, who do a little of everything and write down what was acknowledged. */
export function pushersTo(replica: Replica, ledger: Ledger, tally: Tally, seed: string): readonly Pusher[] {
  const settings = { retryAfterMs: [], pause: async (ms: number) => pause(ms) };
  return [0, 1, 2, 3].map(
    (number) =>
      new Pusher({
        name: `pusher-${number}`,
        repositories: [`cut/app-${number}`, `cut/other-${number}`],
        replicas: [new RegistryClient(replica.api, settings)],
        ledger,
        random: new Random(`${seed} pusher ${number}`),
        layerBytes: 2000,
        restMs: 5,
        mix,
        tagOf: (tag) => `t-${tag % 25}`,
        undelete: (repository, tag, signal) => undelete(replica.admin, repository, tag, signal),
        tally,
      }),
  );
}

/** Pushers that have begun, until they are ended together. */
export class Pushing {
  readonly #stop = new AbortController();
  readonly #until: AbortSignal;
  readonly #begun: Promise<void>[] = [];

  constructor(signal: AbortSignal) {
    this.#until = AbortSignal.any([signal, this.#stop.signal]);
  }

  begin(pushers: readonly Pusher[]): void {
    for (const pusher of pushers) {
      const pushing = pusher.run(this.#until);
      pushing.catch(() => undefined); // `end` hears of it
      this.#begun.push(pushing);
    }
  }

  /** Rejects with what went wrong in any of them. */
  async end(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#begun);
  }
}
