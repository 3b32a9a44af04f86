import type { ReplicasOf } from '../admin/replicas.ts';
import { keyOf, keyText, type Resource } from '../resources/home.ts';
import { runName } from '../runs/runName.ts';
import type { Poke } from '../runtime/reconcile.ts';
import type { Answer } from './answers.ts';
import { type BatchPorts, planBatch } from './batch.ts';
import type { Planned, Planning } from './ports.ts';
import { type Unit, type UnitKind, unitText } from './unit.ts';

export interface PlannerPorts extends Omit<BatchPorts, 'newRun'> {
  readonly replicasOf: ReplicasOf;
  /** Brings an object back to its reconciler once its plan is there. */
  readonly pokes: Readonly<Record<UnitKind, Poke>>;
  /** Of this process and no other: a plan run of another one is another run. */
  readonly nonce: string;
  /** A fault of this program, or of the home: everything that waited for that run was told, and asks again. */
  readonly onFault: (error: unknown) => void;
}

/** What was asked for an object, and what came of it. */
interface Asked {
  readonly unit: Unit;
  readonly token: string;
  /** Absent while it waits or is made. */
  answer?: Answer;
  /** In a row. */
  failures: number;
  /** By the monotonic clock: until then a failure is the answer. */
  retryAt: number;
}

/** One Registry: what waits for its next run. */
interface Desk {
  registry: Resource<'Registry'>;
  readonly waiting: Set<Asked>;
  work?: Promise<void>;
}

const gatherMs = 100;
const mostUnits = 100;
const firstRetryMs = 5000;
const longestRetryMs = 300_000;
/** Answers that nobody took: of objects that are gone. */
const remembered = 10_000;

/**
 * Gathers what is asked of one Registry for a moment, and while another plan run of it is on, and has up to a hundred plans made from one mark. A failure is
 * the answer for a time that doubles each time, from 5 s to 5 min (5 min at once where the spec was refused); asked after that, the plan is
 * made again.
 */
export class Planner implements Planning {
  readonly #ports: PlannerPorts;
  readonly #asked = new Map<string, Asked>();
  readonly #desks = new Map<string, Desk>();
  readonly #stopping = new AbortController();
  #runs = 0;

  constructor(ports: PlannerPorts) {
    this.#ports = ports;
  }

  ask(registry: Resource<'Registry'>, object: Unit, token: string): Planned {
    const before = this.#asked.get(unitText(object));
    const isSame = before !== undefined && isOf(before, object) && before.token === token;
    if (!isSame) return this.#begin(registry, { unit: object, token, failures: 0, retryAt: 0 });
    const { answer, retryAt } = before;
    if (answer?.is !== 'failed' || this.#ports.mono() < retryAt) return answer ?? { is: 'pending' };
    return this.#begin(registry, { unit: object, token, failures: before.failures, retryAt: 0 });
  }

  forget(object: Unit): void {
    this.#drop(unitText(object));
  }

  /** Cancels what goes on, and waits for it. Whatever is asked after that stays pending. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the planner is stopping'));
    await Promise.all([...this.#desks.values()].flatMap(({ work }) => work ?? []));
  }

  #begin(registry: Resource<'Registry'>, asked: Asked): Planned {
    const name = unitText(asked.unit);
    this.#drop(name);
    this.#asked.set(name, asked);
    const desk = this.#deskOf(registry);
    desk.waiting.add(asked);
    desk.work ??= this.#work(desk);
    return { is: 'pending' };
  }

  #drop(name: string): void {
    const asked = this.#asked.get(name);
    if (asked === undefined) return;
    this.#asked.delete(name);
    for (const { waiting } of this.#desks.values()) waiting.delete(asked);
  }

  #deskOf(registry: Resource<'Registry'>): Desk {
    const name = keyText(keyOf(registry));
    const desk = this.#desks.get(name) ?? { registry, waiting: new Set<Asked>() };
    desk.registry = registry;
    this.#desks.set(name, desk);
    return desk;
  }

  /** Never rejects. */
  async #work(desk: Desk): Promise<void> {
    const { signal } = this.#stopping;
    try {
      while (desk.waiting.size > 0) {
        await this.#ports.wait(gatherMs, signal);
        const batch = [...desk.waiting].slice(0, mostUnits);
        for (const asked of batch) desk.waiting.delete(asked);
        await this.#plan(desk.registry, batch, signal);
      }
    } catch (error) {
      if (!signal.aborted) this.#ports.onFault(error);
    } finally {
      delete desk.work;
      this.#desks.delete(keyText(keyOf(desk.registry)));
    }
  }

  async #plan(registry: Resource<'Registry'>, batch: readonly Asked[], signal: AbortSignal): Promise<void> {
    const byUnit = new Map(batch.map((asked) => [asked.unit, asked]));
    const isWanted = (unit: Unit): boolean => this.#asked.get(unitText(unit)) === byUnit.get(unit);
    const newRun = (): string => this.#newRun(registry);
    const units = batch.map(({ unit }) => unit);
    let answers: ReadonlyMap<Unit, Answer>;
    try {
      const replicas = this.#ports.replicasOf(registry);
      answers = await planBatch({ ...this.#ports, newRun }, { registry, replicas, units, isWanted }, signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#ports.onFault(error);
      const message = error instanceof Error ? error.message : String(error);
      answers = new Map(units.map((unit) => [unit, { is: 'failed', reason: 'InternalError', message }]));
    }
    for (const [unit, answer] of answers) {
      const asked = byUnit.get(unit);
      if (asked !== undefined && isWanted(unit)) this.#answer(asked, answer);
    }
    this.#forgetOldest();
  }

  #answer(asked: Asked, answer: Answer): void {
    asked.answer = answer;
    if (answer.is === 'failed') {
      const retryMs = Math.min(firstRetryMs * 2 ** asked.failures, longestRetryMs);
      asked.retryAt = this.#ports.mono() + (answer.reason === 'InvalidSpec' ? longestRetryMs : retryMs);
      asked.failures += 1;
    }
    this.#ports.pokes[asked.unit.kind](keyOf(asked.unit));
  }

  #newRun(registry: Resource<'Registry'>): string {
    this.#runs += 1;
    return runName(`plan-${registry.metadata.name}`, [keyText(keyOf(registry)), this.#ports.nonce, this.#runs]);
  }

  #forgetOldest(): void {
    for (const [name, { answer }] of this.#asked) {
      if (this.#asked.size <= remembered) return;
      if (answer !== undefined) this.#asked.delete(name);
    }
  }
}

function isOf({ unit }: Asked, object: Unit): boolean {
  const { uid, generation } = unit.metadata;
  return uid === object.metadata.uid && generation === object.metadata.generation;
}
