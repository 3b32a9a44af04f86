import { type Gate, isWindow } from '../../../core/window/gate.ts';
import type { LifeId, WindowId } from '../../../core/window/identity.ts';
import type { RequestStore } from '../../records/requests.ts';
import type { GateStore } from '../../records/gateStore.ts';
import type { DeletionOutcome, Deletions, DeletionTarget } from '../../repository/deletions.ts';
import type { Fence } from '../../storage/driver.ts';
import { layout } from '../../storage/layout.ts';
import { StorageError } from '../../storage/driver.ts';
import type { Waiting } from '../../window/waiting.ts';
import type { RequestRuns } from './requestRuns.ts';

export interface DeletionsPorts {
  readonly driver: Pick<Fence, 'openWindows' | 'endWindow'>;
  readonly records: { readonly requests: RequestStore; readonly gates: GateStore };
  readonly runs: RequestRuns;
  /** Woken when requests of this process have their outcome (`RunPorts.requestsDone`). */
  readonly waiting: Waiting;
  /** The life that serves now; a request needs one that answers for it. */
  readonly life: () => LifeId | undefined;
  readonly mono: () => number;
  readonly fresh: () => string;
  /** As long as a client waits before it is asked to come again, ms. */
  readonly holdBudgetMs: number;
}

const lookAgainMs = 20;

/** A client's DELETE: written down as a request, answered when somebody has carried it out, withdrawn when nobody did in time. */
export class RequestedDeletions implements Deletions {
  readonly #ports: DeletionsPorts;
  readonly #signal: AbortSignal;

  /** `signal` is this process's: a client that hangs up does not end what it asked for, which may be half done. */
  constructor(ports: DeletionsPorts, signal: AbortSignal) {
    this.#ports = ports;
    this.#signal = signal;
  }

  async request(target: DeletionTarget, signal: AbortSignal): Promise<DeletionOutcome> {
    signal.throwIfAborted();
    const life = this.#ports.life();
    if (life === undefined) return { is: 'withdrawn', from: 'open' };
    const id = this.#ports.fresh();
    await this.#ports.records.requests.open({ id, life, target }, this.#signal);
    const outcome = await this.#ports.runs.during(() => this.#outcomeOf(id));
    await this.#ports.records.requests.forget(id, this.#signal);
    return outcome;
  }

  /** No answer but 202, 404 or 405 leaves before the request is withdrawn: what is answered otherwise is not carried out later. */
  async #outcomeOf(id: string): Promise<DeletionOutcome> {
    const until = this.#ports.mono() + this.#ports.holdBudgetMs;
    for (;;) {
      await this.#ports.waiting.until(lookAgainMs, this.#signal);
      const state = await this.#ports.records.requests.find(id, this.#signal);
      const isLate = this.#ports.mono() >= until;
      switch (state.is) {
        case 'done':
          return state.outcome;
        case 'withdrawn':
          return { is: 'withdrawn', from: state.from };
        case 'open':
          if (isLate) await this.#ports.records.requests.withdraw(id, 'open', this.#signal);
          break;
        case 'claimed':
          if (isLate && (await this.#isOver(state.window))) {
            await this.#ports.records.requests.withdraw(id, state.window, this.#signal);
          }
          break;
        case 'absent':
          throw new StorageError(layout.request(id), 'the request is gone, and nobody says what came of it');
      }
    }
  }

  /**
   * A window is over once its door is gone, which is for good. One whose executor died before the gate ever named it, nobody else will end: its door is
   * closed here, after which the storage refuses its removals.
   */
  async #isOver(window: WindowId): Promise<boolean> {
    const standing = (await this.#ports.driver.openWindows(this.#signal)).some((each) => each.window === window);
    if (!standing) return true;
    const gate = await this.#ports.records.gates.read(this.#signal);
    if (gate === undefined || isAnnounced(gate, window)) return false;
    await this.#ports.driver.endWindow(window, this.#signal);
    return true;
  }
}

function isAnnounced(gate: Gate, window: WindowId): boolean {
  return isWindow(gate) && gate.window === window;
}
