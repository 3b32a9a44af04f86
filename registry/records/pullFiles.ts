import { hash } from 'node:crypto';
import Type, { type Static } from 'typebox';
import { Check } from 'typebox/value';
import { closed, encode, moment, text, whole } from './codec.ts';

/*
 * Files of evidence: a checksum, the length of a head, the head (JSON), a table of pulls. One that was cut short or changed is not understood, which is told
 * apart from one that is absent; neither is ever taken for an empty one.
 */
const checksumBytes = 32;
const lengthBytes = 4;

/** Of what is pulled, as `pullIdOf` makes them. */
export const idBytes = 16;

/** Of a recorder or a shard. No longer than those names may be. */
const name = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' });

export function parsePullName(text: string): string | undefined {
  return Check(name, text) ? text : undefined;
}

/** What a recorder says of itself with each word. */
const wordHead = closed({
  instance: text,
  /** Clients pull from its process. A command's life needs none to be recorded. */
  serves: Type.Boolean(),
  /** From when the word before was written to when this one was made up, ms of its own clock. */
  afterMs: moment,
  /** Its last word: its process tells of no more pulls. */
  ended: Type.Boolean(),
  /** It heard more pulls than it could hold since its word before. */
  lost: Type.Boolean(),
});
export type WordHead = Static<typeof wordHead>;

const knownRecorder = closed({
  recorder: name,
  ...{ instance: text, serves: Type.Boolean() },
  /** The number of its next word. */
  next: whole,
  /** When its last word was written, and until when it has told of every pull; storage time, ms. */
  ...{ at: moment, heardUntil: moment },
  ended: Type.Boolean(),
  /** It ended without a last word, and all that it heard is known: its life stands until it is fenced. */
  killed: Type.Optional(Type.Literal(true)),
});
export type KnownRecorder = Static<typeof knownRecorder>;

const coverage = closed({
  /** From when on every pull is on record; storage time, ms. */
  since: moment,
  /** The last word of any recorder that serves. */
  through: moment,
  /** Whether a life was registered, when it was last looked, whose process does not record. */
  isPartial: Type.Boolean(),
  /** Those that record, and for a while those that have ended, so that a word of theirs that was left over is not taken for news. */
  recorders: Type.Array(knownRecorder),
  /** Names of the shards that count, by the two characters with which they begin. */
  shards: Type.Record(Type.String({ pattern: '^[0-9a-f]{2}$' }), name),
});
export type Coverage = Static<typeof coverage>;

export interface WordFile {
  readonly head: WordHead;
  readonly table: Buffer;
}

export function encodeWord({ head, table }: WordFile): Uint8Array {
  return seal(head, table);
}

export function decodeWord(bytes: Uint8Array): WordFile | undefined {
  const opened = unseal(bytes);
  return opened && Check(wordHead, opened.head) ? { head: opened.head, table: opened.table } : undefined;
}

export function encodeCoverage(value: Coverage): Uint8Array {
  return seal(value, Buffer.alloc(0));
}

export function decodeCoverage(bytes: Uint8Array): Coverage | undefined {
  const opened = unseal(bytes);
  return opened && Check(coverage, opened.head) ? opened.head : undefined;
}

export function encodeShard(table: Buffer): Uint8Array {
  return seal({}, table);
}

export function decodeShard(bytes: Uint8Array): Buffer | undefined {
  return unseal(bytes)?.table;
}

/** A journal: under which kernel it is written, then ids of what was pulled, each appended when it was. */
const kernelBytes = 36;

export interface JournalContent {
  readonly kernel: string;
  /** Of whole entries, 16 bytes each. One that a kill cut short was never answered. */
  readonly ids: readonly Buffer[];
}

/** `kernel`: 36 characters. */
export function encodeJournalHead(kernel: string): Buffer {
  return Buffer.from(kernel, 'latin1');
}

export function decodeJournal(bytes: Uint8Array): JournalContent | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < kernelBytes) return undefined;
  const ids: Buffer[] = [];
  for (let at = kernelBytes; at + idBytes <= file.length; at += idBytes) ids.push(file.subarray(at, at + idBytes));
  return { kernel: file.toString('latin1', 0, kernelBytes), ids };
}

function seal(head: object, table: Buffer): Uint8Array {
  const encoded = encode(head);
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(encoded.length);
  const body = Buffer.concat([length, encoded, table]);
  return Buffer.concat([hash('sha256', body, 'buffer'), body]);
}

function unseal(bytes: Uint8Array): { readonly head: unknown; readonly table: Buffer } | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const body = file.subarray(checksumBytes);
  if (body.length < lengthBytes || !hash('sha256', body, 'buffer').equals(file.subarray(0, checksumBytes))) {
    return undefined;
  }
  const end = lengthBytes + body.readUInt32BE();
  // The checksum holds: this is what one of us wrote, and JSON.
  return { head: JSON.parse(body.toString('utf8', lengthBytes, end)) as unknown, table: body.subarray(end) };
}
