import type { LifeId } from '../../core/window/identity.ts';
import type { Acknowledgement } from '../../core/window/life.ts';
import type { MemberRecord } from '../../core/window/member.ts';
import type { MemberStore } from '../records/members.ts';

const renewEveryMs = 60_000;

/** A life's record and journal on the storage, as the life itself writes them: one thing after the other. `refused` ends the life. */
export class OwnRecord {
  readonly #members: MemberStore;
  readonly #mono: () => number;
  #record: MemberRecord;
  #writtenAt: number;

  constructor(members: MemberStore, record: MemberRecord, mono: () => number) {
    this.#members = members;
    this.#mono = mono;
    this.#record = record;
    this.#writtenAt = mono();
  }

  get life(): LifeId {
    return this.#record.life;
  }

  /** As it was last written. */
  get written(): MemberRecord {
    return this.#record;
  }

  async make(signal: AbortSignal): Promise<'landed' | 'refused'> {
    return this.#members.write(this.life, this.#record, 'make', signal);
  }

  /** The segment first, then the record that counts it: who reads the record finds what it counts. */
  async acknowledge(ack: Acknowledgement, signal: AbortSignal): Promise<'landed' | 'refused'> {
    if ((await this.#append(ack, signal)) === 'refused') return 'refused';
    const former = this.#record.acknowledged?.run;
    const outcome = await this.#replace({ ...this.#record, acknowledged: wordOf(ack) }, signal);
    const isNewRun = outcome === 'landed' && former !== undefined && former !== ack.run;
    if (isNewRun) await this.#members.dropJournal(this.life, former, signal);
    return outcome;
  }

  /** The last word. It keeps the journal, if there is one, for the run that it is of (F4). */
  async leave(word: Acknowledgement | undefined, signal: AbortSignal): Promise<'landed' | 'refused'> {
    if (word === undefined) return this.#replace({ ...this.#record, left: true }, signal);
    if ((await this.#append(word, signal)) === 'refused') return 'refused';
    return this.#replace({ ...this.#record, acknowledged: wordOf(word), left: true }, signal);
  }

  /** Written again each minute, so that its time tells that the life goes on. */
  async renew(signal: AbortSignal): Promise<'landed' | 'refused'> {
    if (this.#mono() - this.#writtenAt < renewEveryMs) return 'landed';
    return this.#replace(this.#record, signal);
  }

  async #append({ entries, run, segment }: Acknowledgement, signal: AbortSignal): Promise<'landed' | 'refused'> {
    if (entries.length === 0) return 'landed';
    return this.#members.appendSegment(this.life, run, segment, entries, signal);
  }

  async #replace(record: MemberRecord, signal: AbortSignal): Promise<'landed' | 'refused'> {
    const outcome = await this.#members.write(this.life, record, 'replace', signal);
    if (outcome === 'refused') return 'refused';
    this.#record = record;
    this.#writtenAt = this.#mono();
    return 'landed';
  }
}

function wordOf(ack: Acknowledgement): NonNullable<MemberRecord['acknowledged']> {
  const { epoch, run, phase, touchedUpTo, overflow } = ack;
  return { epoch, run, phase, touchedUpTo, segments: ack.segment + (ack.entries.length > 0 ? 1 : 0), overflow };
}
