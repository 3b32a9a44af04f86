import Type from 'typebox';
import type { Gate } from '../../core/window/gate.ts';
import { closed, decode, encode, life, moment, run, storage, text, whole, window } from './codec.ts';

const durations = closed({ permitTTLMs: whole, windowMs: whole, promiseTTLMs: whole });
const executor = closed({ name: text, nudge: Type.Optional(text) });
const held = closed({
  name: text,
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  count: Type.Integer({ minimum: 0, maximum: 4_194_304 }),
});

const standing = {
  storage,
  epoch: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  durations,
  fenced: Type.Array(closed({ life, at: moment }), { maxItems: 65_536 }),
  readOnly: Type.Optional(closed({ reason: text, owner: text, since: moment })),
};

/** The random name of the claim makes two claims of equal gates differ: a reader can tell that the file it knows is the file that stands. */
const record = closed({
  claim: Type.String({ minLength: 1, maxLength: 128 }),
  gate: Type.Union([
    closed({ ...standing, phase: Type.Literal('OPEN'), run: Type.Optional(run) }),
    closed({ ...standing, phase: Type.Literal('MARKING'), run, executor }),
    closed({
      ...standing,
      phase: Type.Union([Type.Literal('HOLDING'), Type.Literal('SWEEPING')]),
      run,
      executor,
      window,
      held,
      expires: moment,
    }),
  ]),
});

export function encodeGate(gate: Gate, claim: string): Uint8Array {
  return encode({ claim, gate });
}

/** Rejects with `StorageError` what is not a gate, whole and of a known shape: no readable gate, no commit (W4). */
export function decodeGate(path: string, bytes: Uint8Array): Gate {
  return decode(record, path, bytes).gate;
}
