import { type Gate, isFenced, isWindow } from './gate.ts';
import type { LifeId, RunId, StorageId } from './identity.ts';
import { TokenLog } from './journal.ts';
import type { TokenHash } from './token.ts';

/**
 * One life of a replica: what it knows of the gate, what it may commit, what it holds, what it has touched. Pure; every time is the replica's own
 * monotonic clock in ms. The protocol, from the replica's side:
 *
 *   register ─▶ read the gate, take on what it says (W4) ─▶ permit until P after the *asking* (W3) ─▶ admit, write, settle
 *      ▲             │ a newer epoch: journal of its run, cache dropped, then held := its held set ─▶ acknowledge when drained (W1, W2)
 *      └─ the life ends ◀─ fenced, record or stage gone, gate gone or older, or the permit ran out before the next reading
 */
export interface Permit {
  /** Monotonic, counted from before the question: what we were told is at least this old (W3). */
  readonly until: number;
}

export interface Operation {
  readonly tokens: readonly TokenHash[];
  /** Position in the order of admissions. */
  readonly order: number;
}

/** Distinct within a life; the shell's own numbering. */
export type OperationId = number;

interface Seen {
  readonly gate: Gate;
  /** After the answer: obligations count from here (W3). */
  readonly at: number;
}

export interface Serving {
  readonly at: 'serving';
  readonly life: LifeId;
  readonly storage: StorageId;
  readonly seen?: Seen;
  readonly permit?: Permit;
  readonly held: ReadonlySet<TokenHash>;
  readonly journalOf?: RunId;
  readonly journal: TokenLog;
  readonly inFlight: ReadonlyMap<OperationId, Operation>;
  /** Operations admitted so far. */
  readonly admitted: number;
  /** Admissions before this one began before the journal's run was seen, and are in no journal of it. */
  readonly before: number;
  /** The newest epoch acknowledged, and how much of the journal lies in segments. */
  readonly acknowledged: { readonly epoch: number; readonly journalled: number; readonly segments: number };
  readonly leaving: boolean;
}

export interface Ended {
  readonly at: 'ended';
  readonly life: LifeId;
  readonly why: LifeEnd;
}

export type LifeState = Serving | Ended;

export type LifeEnd =
  'fenced' | 'recordGone' | 'stageGone' | 'gateGone' | 'gateOlder' | 'otherStorage' | 'permitLapsed' | 'left';

/** One look at the storage. `held` is the set that `gate` names; a gate whose set could not be read counts as not read at all. */
export interface GateReading {
  readonly askedAt: number;
  readonly answeredAt: number;
  readonly gate: Gate | undefined;
  readonly held: ReadonlySet<TokenHash>;
  readonly recordStands: boolean;
  readonly stageStands: boolean;
}

/** What a reading asks the shell to do, in this order. */
export type LifeEffect =
  /** Abort all operations (503) and start a new life. */
  | { readonly do: 'end'; readonly why: LifeEnd }
  /** Forget what is cached of these before anything waiting goes on. */
  | { readonly do: 'dropCached'; readonly tokens: ReadonlySet<TokenHash> }
  /** Operations that wait ask again: a permit or a newer gate came. */
  | { readonly do: 'wake' };

export interface LifeStep {
  readonly state: LifeState;
  readonly effects: readonly LifeEffect[];
}

/** Past this many entries an acknowledgement says `overflow`, which spares everything and ends the run: memory stays bounded. */
export const journalLimit = 1_000_000;

const nothing: ReadonlySet<TokenHash> = new Set();

/** A life begins registered (its record and stage stand), with an empty journal, cache and held set, and without a permit (W4). */
export function beginLife(life: LifeId, storage: StorageId): Serving {
  return {
    at: 'serving',
    life,
    storage,
    held: nothing,
    journal: TokenLog.empty,
    inFlight: new Map(),
    admitted: 0,
    before: 0,
    acknowledged: { epoch: 0, journalled: 0, segments: 0 },
    leaving: false,
  };
}

export function takeReading(state: Serving, reading: GateReading): LifeStep {
  const { gate } = reading;
  if (gate === undefined) return end(state, 'gateGone');
  const why = endedBy(state, gate, reading);
  if (why !== undefined) return end(state, why);
  const taken =
    gate.epoch > (state.seen?.gate.epoch ?? 0) ? takeGate(state, gate, reading) : { state, dropped: nothing };
  const permit = { until: reading.askedAt + gate.durations.permitTTLMs };
  const drop: LifeEffect[] = taken.dropped.size > 0 ? [{ do: 'dropCached', tokens: taken.dropped }] : [];
  return { state: { ...taken.state, permit }, effects: [...drop, { do: 'wake' }] };
}

function endedBy(state: Serving, gate: Gate, reading: GateReading): LifeEnd | undefined {
  if (gate.storage !== state.storage) return 'otherStorage';
  if (isFenced(gate, state.life)) return 'fenced';
  if (!reading.recordStands) return 'recordGone';
  if (!reading.stageStands) return 'stageGone';
  if (state.seen !== undefined && gate.epoch < state.seen.gate.epoch) return 'gateOlder';
  // Tested when a new permit would be installed, or a lapse between two readings would go unnoticed (W7).
  if (state.permit !== undefined && reading.answeredAt >= state.permit.until) return 'permitLapsed';
  return undefined;
}

function takeGate(
  state: Serving,
  gate: Gate,
  reading: GateReading,
): { state: Serving; dropped: ReadonlySet<TokenHash> } {
  const held = isWindow(gate) ? reading.held : nothing;
  const seen = { gate, at: reading.answeredAt };
  return { state: { ...takeRun(state, gate.run), seen, held }, dropped: state.held.difference(held) };
}

/** The journal is one run's, whatever the phase; it is never emptied by an acknowledgement. */
function takeRun(state: Serving, run: RunId | undefined): Serving {
  if (run === undefined || run === state.journalOf) return state;
  // What a life admitted before it ever saw a gate does not exist: it had no permit.
  const acknowledged = { ...state.acknowledged, journalled: 0, segments: 0 };
  return { ...state, journalOf: run, journal: TokenLog.empty, before: state.admitted, acknowledged };
}

function end(state: Serving, why: LifeEnd): LifeStep {
  return { state: { at: 'ended', life: state.life, why }, effects: [{ do: 'end', why }] };
}

export type Verdict =
  | { readonly is: 'admitted' }
  /** Wait for a newer gate, at most the budget. */
  | { readonly is: 'held' }
  /** Wait for a permit, at most the budget. */
  | { readonly is: 'noPermit' }
  | { readonly is: 'readOnly'; readonly reason: string }
  | { readonly is: 'ended' };

/** `commit` writes; `promise` is an answer on which a client will build, without a write. */
export type OperationKind = 'commit' | 'promise';

/**
 * Permit, held set, in-flight and journal in one tick, before the first storage step of the operation (W7): journalled later, it would be lost.
 */
export function admit(
  state: LifeState,
  operation: OperationId,
  kind: OperationKind,
  tokens: readonly TokenHash[],
  now: number,
): { readonly state: LifeState; readonly verdict: Verdict } {
  const verdict = judge(state, kind, tokens, now);
  if (state.at === 'ended' || verdict.is !== 'admitted') return { state, verdict };
  const inFlight = new Map(state.inFlight).set(operation, { tokens, order: state.admitted });
  const journal = state.journal.size >= journalLimit ? state.journal : state.journal.with(tokens);
  return { state: { ...state, inFlight, journal, admitted: state.admitted + 1 }, verdict };
}

function judge(state: LifeState, kind: OperationKind, tokens: readonly TokenHash[], now: number): Verdict {
  if (state.at === 'ended' || state.leaving) return { is: 'ended' };
  if (state.seen === undefined || state.permit === undefined || now >= state.permit.until) return { is: 'noPermit' };
  const { readOnly } = state.seen.gate;
  if (readOnly !== undefined && kind === 'commit') return { is: 'readOnly', reason: readOnly.reason };
  return tokens.some((token) => state.held.has(token)) ? { is: 'held' } : { is: 'admitted' };
}

/** Whether an admitted operation may still write: within the life that admitted it, under a permit that never lapsed (W7). */
export function mayWrite(state: LifeState, operation: OperationId, now: number): boolean {
  return (
    state.at === 'serving' && state.inFlight.has(operation) && state.permit !== undefined && now < state.permit.until
  );
}

/** The operation has its answer, and no write of it is outstanding. */
export function settle(state: LifeState, operation: OperationId): LifeState {
  if (state.at === 'ended' || !state.inFlight.has(operation)) return state;
  const inFlight = new Map(state.inFlight);
  inFlight.delete(operation);
  return { ...state, inFlight };
}

/**
 * Held content is answered from the storage, never from a cache, until a newer gate: so that a 202 of a DELETE is true on every replica. Nor is anything
 * without a permit: a life that was fenced hears of no window, and only its permit's end bounds how long its cache may be behind.
 */
export function mayUseCache(state: LifeState, tokens: readonly TokenHash[], now: number): boolean {
  if (state.at === 'ended' || state.permit === undefined || now >= state.permit.until) return false;
  return !tokens.some((token) => state.held.has(token));
}

export interface Acknowledgement {
  readonly epoch: number;
  readonly run: RunId;
  readonly phase: Gate['phase'];
  /** The journal's entries that lie in no segment yet, for segment number `segment`; empty: no segment is written. */
  readonly entries: readonly TokenHash[];
  readonly segment: number;
  /** How much of the journal lies in segments once this one does. */
  readonly touchedUpTo: number;
  readonly overflow: boolean;
}

/** What is to be acknowledged now: a MARKING or HOLDING not yet answered for, once what it waits for has drained. */
export function dueAcknowledgement(state: LifeState): Acknowledgement | undefined {
  if (state.at === 'ended' || state.seen === undefined) return undefined;
  const { gate } = state.seen;
  if (gate.phase !== 'MARKING' && gate.phase !== 'HOLDING') return undefined;
  if (gate.epoch <= state.acknowledged.epoch || !isDrained(state, gate.phase)) return undefined;
  return acknowledge(state, gate.epoch, gate.run, gate.phase);
}

function isDrained(state: Serving, phase: 'MARKING' | 'HOLDING'): boolean {
  for (const operation of state.inFlight.values()) {
    if (operation.order < state.before) return false;
    if (phase === 'HOLDING' && operation.tokens.some((token) => state.held.has(token))) return false;
  }
  return true;
}

function acknowledge(state: Serving, epoch: number, run: RunId, phase: Gate['phase']): Acknowledgement {
  const entries = state.journal.since(state.acknowledged.journalled);
  const overflow = state.journal.size >= journalLimit;
  return {
    epoch,
    run,
    phase,
    entries,
    segment: state.acknowledged.segments,
    touchedUpTo: state.journal.size,
    overflow,
  };
}

/** The acknowledgement lies on the storage. */
export function acknowledged(state: LifeState, ack: Acknowledgement): LifeState {
  if (state.at === 'ended' || state.journalOf !== ack.run) return state;
  const segments = ack.segment + (ack.entries.length > 0 ? 1 : 0);
  return { ...state, acknowledged: { epoch: ack.epoch, journalled: ack.touchedUpTo, segments } };
}

/** No more admissions; what is in flight goes on to its end. */
export function leave(state: LifeState): LifeState {
  return state.at === 'ended' ? state : { ...state, leaving: true };
}

/** The last word of a leaving life, once all its operations have settled: its record keeps the journal (F4). */
export function lastWord(state: LifeState): Acknowledgement | { readonly nothingSeen: true } | undefined {
  if (state.at === 'ended' || !state.leaving || state.inFlight.size > 0) return undefined;
  if (state.seen === undefined || state.journalOf === undefined) return { nothingSeen: true };
  return acknowledge(state, state.seen.gate.epoch, state.journalOf, state.seen.gate.phase);
}

/** Whether this life may now *try* to end the window it has seen standing for longer than a window may last. Clocks decide no more than that (W3, W5). */
export function windowLapsed(state: LifeState, now: number): boolean {
  if (state.at === 'ended' || state.seen === undefined || !isWindow(state.seen.gate)) return false;
  return now - state.seen.at > state.seen.gate.durations.windowMs;
}
