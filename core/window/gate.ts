import type { LifeId, RunId, StorageId, WindowId } from './identity.ts';

/**
 * The gate: one small record on the storage that says which phase the registry is in. It changes only by compare-and-set from one epoch to the next,
 * through the functions below; no other transition exists.
 *
 *   OPEN ──begin──▶ MARKING ──hold──▶ HOLDING ──sweep──▶ SWEEPING
 *    ▲ ▲             │     ▲             │                  │
 *    │ └───finish────┘     └─closeWindow─┴──────────────────┤
 *    └───────────────────────────openUp──┴──────────────────┘
 *
 * A later run may begin over another's MARKING (that mark is thrown away), never over its HOLDING or SWEEPING: a window is ended first.
 */
export interface Durations {
  readonly permitTTLMs: number;
  readonly windowMs: number;
  readonly promiseTTLMs: number;
}

/** Who carries out the run, and where a word reaches it sooner than the storage would. */
export interface Executor {
  readonly name: string;
  readonly nudge?: string;
}

/** The held set as it lies on the storage: sorted token hashes, immutable, durable before a gate names it. */
export interface HeldReference {
  readonly name: string;
  readonly sha256: string;
  readonly count: number;
}

export interface FencedLife {
  readonly life: LifeId;
  /** Storage time of the fencing, ms. */
  readonly at: number;
}

/** Declared by an owner for backups and moves; no window, and no clock ends it (W5). */
export interface ReadOnly {
  readonly reason: string;
  readonly owner: string;
  readonly since: number;
}

interface Standing {
  readonly storage: StorageId;
  readonly epoch: number;
  readonly durations: Durations;
  readonly fenced: readonly FencedLife[];
  readonly readOnly?: ReadOnly;
}

export interface OpenGate extends Standing {
  readonly phase: 'OPEN';
  /** The last run: journals go on until another begins. */
  readonly run?: RunId;
}

export interface MarkingGate extends Standing {
  readonly phase: 'MARKING';
  readonly run: RunId;
  readonly executor: Executor;
}

export interface WindowGate extends Standing {
  readonly phase: 'HOLDING' | 'SWEEPING';
  readonly run: RunId;
  readonly executor: Executor;
  readonly window: WindowId;
  readonly held: HeldReference;
  /** Storage time after which signed removals are refused, ms. */
  readonly expires: number;
}

export type Gate = OpenGate | MarkingGate | WindowGate;

export function isWindow(gate: Gate): gate is WindowGate {
  return gate.phase === 'HOLDING' || gate.phase === 'SWEEPING';
}

export function firstGate(storage: StorageId, durations: Durations): OpenGate {
  return { storage, epoch: 1, durations, fenced: [], phase: 'OPEN' };
}

export function begin(gate: OpenGate | MarkingGate, run: RunId, executor: Executor): MarkingGate {
  return { ...next(gate), phase: 'MARKING', run, executor };
}

export function hold(gate: MarkingGate, window: WindowId, held: HeldReference, expires: number): WindowGate {
  return { ...next(gate), phase: 'HOLDING', run: gate.run, executor: gate.executor, window, held, expires };
}

/** The spared are released: `held` is what is left of the window's held set. */
export function sweep(gate: WindowGate, held: HeldReference): WindowGate {
  return { ...gate, ...next(gate), phase: 'SWEEPING', held };
}

/** Both only after the window's door is closed (END_WINDOW: door first, compare-and-set second). */
export function closeWindow(gate: WindowGate): MarkingGate {
  return { ...next(gate), phase: 'MARKING', run: gate.run, executor: gate.executor };
}

export function openUp(gate: WindowGate): OpenGate {
  return { ...next(gate), phase: 'OPEN', run: gate.run };
}

export function finish(gate: MarkingGate): OpenGate {
  return { ...next(gate), phase: 'OPEN', run: gate.run };
}

/** From OPEN or MARKING only: a window's gate is ended first. */
export function fence<G extends OpenGate | MarkingGate>(gate: G, lives: readonly LifeId[], at: number): G {
  const fenced = lives.filter((life) => !isFenced(gate, life)).map((life) => ({ life, at }));
  return { ...gate, epoch: gate.epoch + 1, fenced: [...gate.fenced, ...fenced] };
}

/** Drops lives whose record and stage are gone: nothing of theirs can come late any more. */
export function forget<G extends Gate>(gate: G, lives: ReadonlySet<LifeId>): G {
  return { ...gate, fenced: gate.fenced.filter(({ life }) => !lives.has(life)) };
}

export function declareReadOnly(gate: OpenGate | MarkingGate, readOnly: ReadOnly): OpenGate | MarkingGate {
  return { ...gate, epoch: gate.epoch + 1, readOnly };
}

export function withdrawReadOnly(gate: OpenGate | MarkingGate): OpenGate | MarkingGate {
  const { readOnly: _withdrawn, ...rest } = gate;
  return { ...rest, epoch: gate.epoch + 1 };
}

export function isFenced(gate: Gate, life: LifeId): boolean {
  return gate.fenced.some((fenced) => fenced.life === life);
}

function next(gate: Gate): Standing {
  return {
    storage: gate.storage,
    epoch: gate.epoch + 1,
    durations: gate.durations,
    fenced: gate.fenced,
    ...(gate.readOnly === undefined ? {} : { readOnly: gate.readOnly }),
  };
}
