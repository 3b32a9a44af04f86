import { type Gate, isWindow, type WindowGate } from '../../core/window/gate.ts';
import type { LifeId, StorageId } from '../../core/window/identity.ts';
import {
  type Acknowledgement,
  acknowledged,
  admit,
  beginLife,
  dueAcknowledgement,
  lastWord,
  leave,
  type LifeEffect,
  type LifeEnd,
  type LifeState,
  mayUseCache,
  mayWrite,
  type OperationId,
  type OperationKind,
  settle,
  takeReading,
  type Verdict,
  windowLapsed,
} from '../../core/window/life.ts';
import type { MemberRecord } from '../../core/window/member.ts';
import type { TokenHash } from '../../core/window/token.ts';
import { Coalesced } from './coalesced.ts';
import { endWindow } from './fencing.ts';
import { OwnRecord } from './ownRecord.ts';
import type { ReplicaPorts, ReplicaSettings } from './ports.ts';
import { refused } from './refusal.ts';

/** What a life tells its replica, each in the tick in which it comes to be. */
export interface LifeHooks {
  onDrop(tokens: ReadonlySet<TokenHash>): void;
  onWake(): void;
  /** `hasServed`: it held a permit once. */
  onEnd(why: LifeEnd, hasServed: boolean): void;
  /** This life has moved the gate: there is something new to look at. */
  onGateMoved(): void;
}

export type NotAdmitted = Exclude<Verdict, { readonly is: 'admitted' }>;

/** An operation in flight in this life, until it is settled. */
export interface InFlight {
  readonly is: 'admitted';
  readonly life: Life;
  readonly operation: OperationId;
}

const nothing: ReadonlySet<TokenHash> = new Set();

/**
 * The shell around one life's state machine (core/window/life.ts): it reads what the machine wants to know, does what it says, and writes its word. Between
 * a decision of the machine and its effect on operations there is never an await.
 */
export class Life {
  readonly id: LifeId;
  /** Aborted with `Refused` when the life ends. */
  readonly signal: AbortSignal;
  /** Resolves when the life has ended. */
  readonly ended: Promise<LifeEnd>;
  readonly #ports: ReplicaPorts;
  readonly #hooks: LifeHooks;
  readonly #own: OwnRecord;
  readonly #abort = new AbortController();
  readonly #end = Promise.withResolvers<LifeEnd>();
  readonly #speaking = new Coalesced(() => this.#speak());
  #state: LifeState;
  #hasServed = false;
  /** Written, but whether it landed is not known. Nothing else may be written under its segment's number: somebody may have read it. */
  #unanswered: Acknowledgement | undefined;
  #unread: { readonly epoch: number; readonly since: number } | undefined;
  #operations: OperationId = 0;

  /** W4: the stage, then the record, and only then a look at the gate. */
  static async register(
    ports: ReplicaPorts,
    settings: ReplicaSettings,
    standing: { readonly storage: StorageId; readonly generation: number },
    hooks: LifeHooks,
    signal: AbortSignal,
  ): Promise<Life> {
    const life = ports.freshLife();
    const record: MemberRecord = {
      life,
      storage: standing.storage,
      instance: settings.instance,
      generation: standing.generation,
      version: settings.version,
      protocol: 1,
      startedAt: ports.wallClock(),
      ...(settings.nudge === undefined ? {} : { nudge: settings.nudge }),
      left: false,
    };
    await ports.records.members.begin(life, signal);
    const own = new OwnRecord(ports.records.members, record, ports.mono);
    const made = await own.make(signal);
    const registered = new Life(ports, own, record.storage, hooks);
    if (made === 'refused') registered.#finish('stageGone');
    return registered;
  }

  private constructor(ports: ReplicaPorts, own: OwnRecord, storage: StorageId, hooks: LifeHooks) {
    this.id = own.life;
    this.signal = this.#abort.signal;
    this.ended = this.#end.promise;
    this.#ports = ports;
    this.#hooks = hooks;
    this.#own = own;
    this.#state = beginLife(own.life, storage);
  }

  get state(): LifeState {
    return this.#state;
  }

  /** Of the newest gate that it has seen; `undefined`: none, or it has ended. */
  get seenEpoch(): number | undefined {
    return this.#state.at === 'serving' ? this.#state.seen?.gate.epoch : undefined;
  }

  /** Resolves when all that was due to be said at this moment has been written, or could not be. */
  async spoken(): Promise<void> {
    await this.#speaking.request();
  }

  /** As this life last wrote it. */
  get record(): MemberRecord {
    return this.#own.written;
  }

  admit(kind: OperationKind, tokens: readonly TokenHash[]): InFlight | NotAdmitted {
    this.#operations += 1;
    const operation = this.#operations;
    const { state, verdict } = admit(this.#state, operation, kind, tokens, this.#ports.mono());
    this.#state = state;
    return verdict.is === 'admitted' ? { is: 'admitted', life: this, operation } : verdict;
  }

  mayWrite(operation: OperationId): boolean {
    return mayWrite(this.#state, operation, this.#ports.mono());
  }

  mayUseCache(tokens: readonly TokenHash[]): boolean {
    return mayUseCache(this.#state, tokens, this.#ports.mono());
  }

  settle(operation: OperationId): void {
    this.#state = settle(this.#state, operation);
    void this.#speaking.request();
  }

  /** One look at the storage, and what follows from it. Rejects if it could not be taken: then nothing was seen, and the permit runs out (W4). */
  async look(): Promise<void> {
    const { records, driver, mono } = this.#ports;
    const askedAt = mono();
    const gate = await records.gates.read(this.signal);
    // After the gate, which drops a fenced life only when both are gone; a window waits for this look, so they are not asked about one after the other.
    const [held, writtenAt, stageStands] = await Promise.all([
      this.#readHeld(gate),
      records.members.writtenAt(this.id, this.signal),
      driver.standsLife(this.id, this.signal),
    ]);
    const recordStands = writtenAt !== undefined;
    if (this.#state.at === 'ended') return;
    const reading = { askedAt, answeredAt: mono(), gate, held, recordStands, stageStands };
    const { state, effects } = takeReading(this.#state, reading);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    await this.#speaking.request();
    if (gate !== undefined && isWindow(gate) && windowLapsed(this.#state, mono())) await this.#endWindow(gate);
  }

  /**
   * Waits for what is in flight, says the last word, and ends (F4); then it gives its stage up, so that the storage refuses what it said it would not do.
   * Aborted, the life ends at once and without a word: an executor will miss it, and fence it.
   */
  async leave(signal: AbortSignal): Promise<void> {
    this.#state = leave(this.#state);
    const abandon = (): void => {
      this.#finish('left');
    };
    if (signal.aborted) abandon();
    signal.addEventListener('abort', abandon, { once: true });
    void this.#speaking.request();
    await this.ended;
    signal.removeEventListener('abort', abandon);
    if (this.record.left) await this.#ports.driver.endLife(this.id, signal);
  }

  #perform(effect: LifeEffect): void {
    switch (effect.do) {
      case 'end':
        this.#finish(effect.why);
        return;
      case 'dropCached':
        this.#hooks.onDrop(effect.tokens);
        return;
      case 'wake':
        this.#hasServed = true;
        this.#hooks.onWake();
        return;
    }
  }

  #finish(why: LifeEnd): void {
    if (this.#abort.signal.aborted) return;
    this.#state = { at: 'ended', life: this.id, why };
    this.#abort.abort(refused('lifeEnded', `the life of this replica ended: ${why}`));
    this.#hooks.onEnd(why, this.#hasServed);
    this.#end.resolve(why);
  }

  async #readHeld(gate: Gate | undefined): Promise<ReadonlySet<TokenHash>> {
    if (gate === undefined || !isWindow(gate) || this.#state.at === 'ended') return nothing;
    if (gate.epoch === this.#state.seen?.gate.epoch) return this.#state.held;
    try {
      return await this.#ports.records.held.read(gate.held, this.signal);
    } catch (error) {
      await this.#outwaitUnread(gate);
      throw error;
    }
  }

  /** A window whose held set nobody can read ends as every other does, or the registry would stay read-only (W5). */
  async #outwaitUnread(gate: WindowGate): Promise<void> {
    const now = this.#ports.mono();
    if (this.#unread?.epoch !== gate.epoch) this.#unread = { epoch: gate.epoch, since: now };
    if (now - this.#unread.since > gate.durations.windowMs) await this.#endWindow(gate);
  }

  async #endWindow(gate: WindowGate): Promise<void> {
    const outcome = await endWindow(this.#ports, gate, this.signal);
    this.#ports.log.warn({ epoch: gate.epoch, window: gate.window, outcome }, 'ended a window that had lapsed');
    if (outcome === 'won') this.#hooks.onGateMoved();
  }

  /** All that this life writes goes through here, one after the other: acknowledgements, the last word, and its record's time each minute. */
  async #speak(): Promise<void> {
    try {
      while (await this.#acknowledgeNext());
      await this.#sayLastWord();
      if (this.#state.at === 'serving') this.#mustStand(await this.#own.renew(this.signal));
    } catch (error) {
      if (this.signal.aborted) return;
      this.#ports.log.error({ life: this.id, err: error }, 'could not write the record of this life');
    }
  }

  /** Whether something was acknowledged, so that something newer may be due. */
  async #acknowledgeNext(): Promise<boolean> {
    const ack = this.#toRepeat() ?? dueAcknowledgement(this.#state);
    if (ack === undefined || this.#state.at === 'ended') return false;
    const seenAt = this.#state.seen?.at;
    this.#unanswered = ack;
    if (!this.#mustStand(await this.#own.acknowledge(ack, this.signal))) return false;
    this.#unanswered = undefined;
    this.#state = acknowledged(this.#state, ack);
    if (seenAt !== undefined) this.#ports.metrics.onAcknowledged(this.#ports.mono() - seenAt);
    return true;
  }

  /** Under another run segments have other names, and what was written for the old one concerns nobody. */
  #toRepeat(): Acknowledgement | undefined {
    const isOfThisRun = this.#state.at === 'serving' && this.#unanswered?.run === this.#state.journalOf;
    return isOfThisRun ? this.#unanswered : undefined;
  }

  async #sayLastWord(): Promise<void> {
    const word = lastWord(this.#state);
    if (word === undefined) return;
    const said = await this.#own.leave('nothingSeen' in word ? undefined : word, this.signal);
    if (this.#mustStand(said)) this.#finish('left');
  }

  #mustStand(outcome: 'landed' | 'refused'): boolean {
    if (outcome === 'refused') this.#finish('recordGone');
    return outcome === 'landed';
  }
}
