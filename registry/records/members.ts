import Type from 'typebox';
import { type LifeId, parseLifeId, type RunId } from '../../core/window/identity.ts';
import type { MemberRecord, MemberView } from '../../core/window/member.ts';
import type { TokenHash } from '../../core/window/token.ts';
import { type SmallFile, StorageError } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import type { ProtocolStore } from './reserve.ts';
import { closed, decode, encode, life, parseName, run, storage, text, whole } from './codec.ts';
import { packTokenHashes, tokenHashBytes, unpackTokenHashes } from './tokenHashes.ts';

const schema = closed({
  life,
  storage,
  instance: text,
  generation: whole,
  version: text,
  protocol: Type.Literal(1),
  startedAt: text,
  nudge: Type.Optional(text),
  acknowledged: Type.Optional(
    closed({
      epoch: whole,
      run,
      phase: Type.Union([
        Type.Literal('OPEN'),
        Type.Literal('MARKING'),
        Type.Literal('HOLDING'),
        Type.Literal('SWEEPING'),
      ]),
      touchedUpTo: whole,
      segments: whole,
      overflow: Type.Boolean(),
    }),
  ),
  left: Type.Boolean(),
});

const limitBytes = 64 * 1024;
const limitEntries = 4_194_304;
const attempts = 5;

export interface StoredMember {
  readonly record: MemberRecord;
  /** Storage time of the record's last writing, ms. */
  readonly modifiedAt: number;
}

/** What an executor wants to know: the run, and how many segments of each life it has read. */
export interface MembersQuestion {
  readonly run: RunId;
  readonly read: ReadonlyMap<LifeId, number>;
}

/** Members are the lives registered on the storage: each writes its own record and journal, and whoever fenced it removes them. */
export class MemberStore {
  readonly #store: ProtocolStore;

  constructor(store: ProtocolStore) {
    this.#store = store;
  }

  /** The stage of a life that is to be registered, which comes before its record (W4). Must not exist. */
  async begin(life: LifeId, signal: AbortSignal): Promise<void> {
    await this.#store.beginLife(life, signal);
  }

  /** Lives that have a folder; one whose record is not there yet, or not any more, is no member. */
  async list(signal: AbortSignal): Promise<readonly LifeId[]> {
    const entries = (await this.#store.list(layout.members, signal)) ?? [];
    return entries.map(({ name }) => parseName(layout.members, name, parseLifeId)).filter((life) => life !== undefined);
  }

  /** `undefined`: none stands, or it was lost with the power and says nothing. */
  async read(life: LifeId, signal: AbortSignal): Promise<StoredMember | undefined> {
    const file = await this.#file(life, signal);
    return file === undefined || isLost(file) ? undefined : storedMember(life, file);
  }

  /** Lists now, and reads what is listed. One record that cannot be read rejects: what that life touched would be unknown (G1). */
  async readAll(question: MembersQuestion, signal: AbortSignal): Promise<readonly MemberView[]> {
    const lives = await this.list(signal);
    const views = await Promise.all(lives.map(async (life) => this.#readView(life, question, signal)));
    return views.filter((view) => view !== undefined);
  }

  /** Storage time of the record's last writing, ms; `undefined` where none stands. What it says is not looked at. */
  async writtenAt(life: LifeId, signal: AbortSignal): Promise<number | undefined> {
    return (await this.#store.stat(layout.life(life), signal))?.modifiedAt;
  }

  /** `refused` ends the life: its stage is gone or, on `replace`, its record is. */
  async write(
    life: LifeId,
    record: MemberRecord,
    how: 'make' | 'replace',
    signal: AbortSignal,
  ): Promise<'landed' | 'refused'> {
    return this.#store.commitRecord(life, layout.life(life), encode(record), how, signal);
  }

  /** Before the record that counts it. Repeating it with the same hashes is safe, with others it is not: somebody may have read it. */
  async appendSegment(
    life: LifeId,
    run: RunId,
    k: number,
    hashes: readonly TokenHash[],
    signal: AbortSignal,
  ): Promise<'landed' | 'refused'> {
    return this.#store.commitRecord(life, layout.segment(life, run, k), packTokenHashes(hashes), 'make', signal);
  }

  /** The journal of a run that is over: whoever counted on it has lost the gate. */
  async dropJournal(life: LifeId, run: RunId, signal: AbortSignal): Promise<void> {
    await this.#store.discard(layout.segments(life, run), signal);
  }

  /** The end of a fencing, after the life's stage is gone; or a tidying after a life that left. */
  async remove(life: LifeId, signal: AbortSignal): Promise<void> {
    await this.#store.discard(layout.member(life), signal);
  }

  /** Segments are there before a record counts them, so one that is missing tells that the record has changed since, or is gone. */
  async #readView(life: LifeId, question: MembersQuestion, signal: AbortSignal): Promise<MemberView | undefined> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const file = await this.#file(life, signal);
      if (file === undefined) return undefined;
      if (isLost(file)) return unheard(life, file);
      const member = storedMember(life, file);
      const touched = await this.#readJournal(member.record, question, signal);
      if (touched !== undefined) return { ...member, touched };
    }
    throw new StorageError(layout.member(life), 'its record counts journal segments that are not there');
  }

  async #file(life: LifeId, signal: AbortSignal): Promise<SmallFile | undefined> {
    return this.#store.readSmall(layout.life(life), limitBytes, signal);
  }

  async #readJournal(
    { life, acknowledged }: MemberRecord,
    { run, read }: MembersQuestion,
    signal: AbortSignal,
  ): Promise<readonly TokenHash[] | undefined> {
    if (acknowledged?.run !== run) return [];
    const from = read.get(life) ?? 0;
    const touched: TokenHash[] = [];
    for (let k = from; k < acknowledged.segments; k += 1) {
      const path = layout.segment(life, run, k);
      const file = await this.#store.readSmall(path, limitEntries * tokenHashBytes, signal);
      if (file === undefined) return undefined;
      for (const hash of unpackTokenHashes(path, file.bytes)) touched.push(hash);
    }
    // Segments are visible before they are durable: a crash of the storage may have cut one off.
    if (from === 0 && touched.length !== acknowledged.touchedUpTo) {
      throw new StorageError(
        layout.segments(life, run),
        `holds ${touched.length} of ${acknowledged.touchedUpTo} tokens`,
      );
    }
    return touched;
  }
}

function storedMember(life: LifeId, { bytes, modifiedAt }: SmallFile): StoredMember {
  const path = layout.life(life);
  const record = decode(schema, path, bytes);
  if (record.life !== life) throw new StorageError(path, `not understood: the record of ${record.life}`);
  return { record, modifiedAt };
}

/** Records are visible before they are durable, so that after a power cut one may be there without its bytes. No process writes such a one. */
function isLost({ bytes }: SmallFile): boolean {
  return bytes.every((byte) => byte === 0);
}

/** Whose record was lost may live nevertheless (the power was the file server's): it counts as a member that does not answer, and is fenced like one (W1). */
function unheard(life: LifeId, { modifiedAt }: SmallFile): MemberView {
  return { record: { life, instance: `unknown, of ${life}`, generation: 0, left: false }, modifiedAt, touched: [] };
}
