import {
  declareReadOnly,
  isWindow,
  type MarkingGate,
  type OpenGate,
  withdrawReadOnly,
} from '../../core/window/gate.ts';
import type { GateStore } from '../records/gateStore.ts';
import { StorageError } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import type { Timers } from './ports.ts';
import { pause } from './waiting.ts';

export interface ReadOnlyPorts {
  readonly gates: GateStore;
  /** Monotonic, ms. */
  readonly mono: () => number;
  readonly timers: Timers;
}

export interface ReadOnlyWish {
  readonly reason: string;
  readonly owner: string;
  /** Storage time, ms. */
  readonly since: number;
}

export type ReadOnlyOutcome =
  /** From this epoch on. */
  | { readonly is: 'set'; readonly epoch: number }
  /** It was so before. */
  | { readonly is: 'standing'; readonly epoch: number }
  /** It is somebody else's to end (W5). */
  | { readonly is: 'ownedBy'; readonly owner: string }
  /** A window stood all the time, or others were faster all the time. */
  | { readonly is: 'busy' };

const retryMs = 100;

/** Replicas refuse commits as soon as they see this gate, which is at the latest when their permits run out (P): whoever wants silence waits so long. */
export async function declare(
  ports: ReadOnlyPorts,
  wish: ReadOnlyWish,
  budgetMs: number,
  signal: AbortSignal,
): Promise<ReadOnlyOutcome> {
  return change(ports, budgetMs, signal, (gate) => {
    if (gate.readOnly === undefined) return declareReadOnly(gate, wish);
    return gate.readOnly.owner === wish.owner ? standing(gate) : { is: 'ownedBy', owner: gate.readOnly.owner };
  });
}

/** With `owner` undefined whoever declared it: a person's last word. */
export async function withdraw(
  ports: ReadOnlyPorts,
  owner: string | undefined,
  budgetMs: number,
  signal: AbortSignal,
): Promise<ReadOnlyOutcome> {
  return change(ports, budgetMs, signal, (gate) => {
    if (gate.readOnly === undefined) return standing(gate);
    const isOurs = owner === undefined || owner === gate.readOnly.owner;
    return isOurs ? withdrawReadOnly(gate) : { is: 'ownedBy', owner: gate.readOnly.owner };
  });
}

type Quiet = OpenGate | MarkingGate;

function standing(gate: Quiet): ReadOnlyOutcome {
  return { is: 'standing', epoch: gate.epoch };
}

async function change(
  { gates, mono, timers }: ReadOnlyPorts,
  budgetMs: number,
  signal: AbortSignal,
  decide: (gate: Quiet) => Quiet | ReadOnlyOutcome,
): Promise<ReadOnlyOutcome> {
  const until = mono() + budgetMs;
  for (;;) {
    const gate = await gates.read(signal);
    if (gate === undefined) throw new StorageError(layout.gates, 'there is no gate');
    if (!isWindow(gate)) {
      const decided = decide(gate);
      if ('is' in decided) return decided;
      if ((await gates.cas(decided, signal)) === 'won') return { is: 'set', epoch: decided.epoch };
    }
    if (mono() >= until) return { is: 'busy' };
    await pause(timers, Math.min(retryMs, until - mono()), signal);
  }
}
