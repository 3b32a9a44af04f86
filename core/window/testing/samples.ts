import { begin, firstGate, hold, type MarkingGate, type OpenGate, type WindowGate } from '../gate.ts';
import { type LifeId, parseLifeId, parseRunId, parseStorageId, parseWindowId, type RunId } from '../identity.ts';
import type { Acknowledged, MemberRecord, MemberView } from '../member.ts';
import { parseTokenHash, type TokenHash } from '../token.ts';

/** Values for tests of the window: a case builds on these and says only what it is about. */

export function known<T>(parsed: T | undefined): T {
  if (parsed === undefined) throw new Error('the sample does not parse');
  return parsed;
}

export const storage = known(parseStorageId('storage'));
export const run = known(parseRunId('run-1'));
export const laterRun = known(parseRunId('run-2'));
export const window = known(parseWindowId('window-1'));
export const executor = { name: 'executor' };
export const durations = { permitTTLMs: 10, windowMs: 40, promiseTTLMs: 100 };
export const held = { name: 'held-1', sha256: '', count: 1 };

export function life(name: string): LifeId {
  return known(parseLifeId(name));
}

/** The token `a` to `f`. */
export function token(letter: string): TokenHash {
  return known(parseTokenHash(letter.repeat(32)));
}

export function openGate(): OpenGate {
  return firstGate(storage, durations);
}

/** Epoch 2. */
export function markingGate(of: RunId = run): MarkingGate {
  return begin(openGate(), of, executor);
}

/** Epoch 3. */
export function holdingGate(of: RunId = run): WindowGate {
  return hold(markingGate(of), window, held, 1_000);
}

function record(of: LifeId, more: Partial<MemberRecord> = {}): MemberRecord {
  return {
    life: of,
    storage,
    instance: `process of ${of}`,
    generation: 0,
    version: '1',
    protocol: 1,
    startedAt: '2026-01-01T00:00:00Z',
    left: false,
    ...more,
  };
}

export function answered(epoch: number, more: Partial<Acknowledged> = {}): Acknowledged {
  return { epoch, run, phase: 'MARKING', touchedUpTo: 0, segments: 0, overflow: false, ...more };
}

export function member(of: LifeId, more: Partial<MemberRecord> = {}, touched: readonly TokenHash[] = []): MemberView {
  return { record: record(of, more), modifiedAt: 0, touched };
}
