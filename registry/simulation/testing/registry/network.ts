import type { Machine, SimulatedProcess } from '../kernel/process.ts';

/** Somebody who can be told that the gate has moved. */
export interface Hearer {
  readonly process: SimulatedProcess;
  readonly hear: (epoch: number) => void;
}

/** Words between processes: late, in any order, and some never come. All they may cost is time. */
export class Network {
  readonly #machine: Machine;
  /** So many words are lost. */
  readonly #loss: number;
  readonly #hearers = new Set<Hearer>();

  constructor(machine: Machine, loss: number) {
    this.#machine = machine;
    this.#loss = loss;
  }

  join(hearer: Hearer): void {
    this.#hearers.add(hearer);
  }

  tellOthers(from: SimulatedProcess, epoch: number): void {
    const { scheduler, chance, history } = this.#machine;
    for (const hearer of this.#hearers) {
      if (!hearer.process.isAlive) this.#hearers.delete(hearer);
      if (hearer.process === from || !hearer.process.isAlive) continue;
      if (chance.happens(this.#loss)) {
        history.count('nudges lost');
        continue;
      }
      scheduler.after(chance.around(2), () => {
        hearer.process.whenRunning(() => {
          hearer.hear(epoch);
        });
      });
    }
  }
}
