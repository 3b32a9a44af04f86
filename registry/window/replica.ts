import type { StorageId } from '../../core/window/identity.ts';
import type { LifeEnd, LifeState, OperationKind } from '../../core/window/life.ts';
import type { MemberRecord } from '../../core/window/member.ts';
import type { Token, TokenHash } from '../../core/window/token.ts';
import { layout, parseOrdinal } from '../storage/layout.ts';
import { type Admission, type DroppedTokens, type Operation, Refused } from './admission.ts';
import { Coalesced } from './coalesced.ts';
import { fenceSilent, pruneHeldSets } from './housekeeping.ts';
import { type InFlight, Life, type NotAdmitted } from './life.ts';
import type { ReplicaPorts, ReplicaSettings } from './ports.ts';
import { AdmittedOperation } from './operation.ts';
import { refusalOf, refused } from './refusal.ts';
import { Succession } from './succession.ts';
import { Waiting } from './waiting.ts';

/** What ended a replica: it was asked to, or another process says that it is this one. */
export type ReplicaEnd = 'left' | 'duplicateInstance';

const tidyEveryMs = 60_000;

/**
 * A replica lives one life after the other. Each registers, looks at the gate every quarter of a permit, sooner when the gate's folder changes or somebody
 * nudges, and lets operations through as its machine says. When a life ends, for whatever reason, the next begins at once.
 */
export class Replica implements Admission {
  /** Resolves when no further life will begin. */
  readonly closed: Promise<ReplicaEnd>;
  readonly #ports: ReplicaPorts;
  readonly #settings: ReplicaSettings;
  readonly #succession: Succession;
  readonly #waiting: Waiting;
  readonly #closing = Promise.withResolvers<ReplicaEnd>();
  readonly #abort = new AbortController();
  readonly #looking = new Coalesced(() => this.#look());
  readonly #drops: ((dropped: DroppedTokens) => void)[] = [];
  readonly #tidying = new Coalesced(() => this.#tidy());
  #tidyAt = 0;
  #storage: StorageId | undefined;
  #life: Life | undefined;
  #timer: { cancel(): void } | undefined;
  #watch: { close(): void } | undefined;
  /** No further life begins. */
  #isOver = false;

  constructor(ports: ReplicaPorts, settings: ReplicaSettings) {
    this.closed = this.#closing.promise;
    this.#ports = ports;
    this.#settings = settings;
    this.#succession = new Succession(ports.records.members, settings.instance, ports.mono);
    this.#waiting = new Waiting(ports.timers);
  }

  /** On a storage that `openStorage` has opened. Rejects if no life could be registered; a gate that cannot be read now is looked for again. */
  async start(storage: StorageId, signal: AbortSignal): Promise<void> {
    this.#storage = storage;
    await this.#begin(signal);
    this.#watch = this.#ports.driver.watch(layout.gates, (name) => {
      void this.nudge(name === undefined ? undefined : parseOrdinal(name));
    });
    await this.#looking.request();
  }

  /** Leaves in order: nothing new is admitted, what is in flight ends, the last word is written. `signal` cuts that short. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#isOver = true;
    this.#waiting.wake();
    if (this.#life === undefined) await this.#looking.request(); // one may be about to begin
    await this.#life?.leave(signal);
    this.#close('left');
    await Promise.all([this.#looking.request(), this.#tidying.request()]);
  }

  /**
   * Told that the gate of this epoch has come or gone, or, without one, that anything may have changed: looks at the gate, unless it has seen that one or one
   * that came after it, and says what this life has last written on the storage. A gate is told of by the storage, by its executor and as it is pruned, and
   * one look is enough.
   */
  async nudge(epoch?: number): Promise<MemberRecord | undefined> {
    if (epoch === undefined || !(await this.#sees(epoch))) await this.#looking.request();
    return this.#life?.record;
  }

  /** Now, or with the look that goes on; then what follows from it has been said as well. */
  async #sees(epoch: number): Promise<boolean> {
    const hasSeen = (): boolean => (this.#life?.seenEpoch ?? 0) >= epoch;
    if (!hasSeen()) await this.#looking.settled();
    if (!hasSeen()) return false;
    await this.#life?.spoken();
    return true;
  }

  /** The life that serves now, as its machine has it. */
  get state(): LifeState | undefined {
    return this.#life?.state;
  }

  /** Operations that wait for the gate at this moment. */
  get waiting(): number {
    return this.#waiting.size;
  }

  async operate<T>(
    kind: OperationKind,
    tokens: readonly Token[],
    signal: AbortSignal,
    body: (operation: Operation) => Promise<T>,
  ): Promise<T> {
    const { life, operation } = await this.#admit(kind, this.#hashed(tokens), signal);
    try {
      return await body(new AdmittedOperation(life, operation, signal));
    } finally {
      life.settle(operation);
    }
  }

  touch(tokens: readonly Token[]): boolean {
    const admitted = this.#life?.admit('promise', this.#hashed(tokens));
    if (admitted?.is !== 'admitted') return false;
    admitted.life.settle(admitted.operation); // what it touched is in the journal, and there is nothing to wait for
    return true;
  }

  mayUseCache(tokens: readonly Token[]): boolean {
    return this.#life?.mayUseCache(this.#hashed(tokens)) ?? false;
  }

  onDrop(drop: (dropped: DroppedTokens) => void): void {
    this.#drops.push(drop);
  }

  async #admit(kind: OperationKind, tokens: readonly TokenHash[], signal: AbortSignal): Promise<InFlight> {
    const { mono, metrics } = this.#ports;
    const until = mono() + this.#settings.holdBudgetMs;
    let heldSince: number | undefined;
    try {
      for (;;) {
        signal.throwIfAborted();
        const admitted: InFlight | NotAdmitted = this.#life?.admit(kind, tokens) ?? { is: 'ended' };
        if (admitted.is === 'admitted') return admitted;
        if (admitted.is === 'held') heldSince ??= mono();
        const left = until - mono();
        if (left <= 0 || admitted.is === 'readOnly' || this.#isOver) throw refusalOf(admitted);
        await this.#waiting.until(left, signal);
      }
    } catch (error) {
      if (error instanceof Refused) metrics.onRefused(error.reason);
      throw error;
    } finally {
      if (heldSince !== undefined) metrics.onHeld(mono() - heldSince);
    }
  }

  #hashed(tokens: readonly Token[]): readonly TokenHash[] {
    return tokens.map((token) => this.#ports.hashToken(token));
  }

  /** The heart of a replica; nothing here overlaps. Every failure costs the permit, at worst, and is looked at again. */
  async #look(): Promise<void> {
    const closed = this.#abort.signal;
    if (closed.aborted) return;
    this.#timer?.cancel();
    this.#timer = this.#ports.timers.after(this.#settings.durations.permitTTLMs / 4, () => void this.nudge());
    try {
      if (this.#life === undefined && !this.#isOver) await this.#begin(this.#abort.signal);
      await this.#life?.look();
      if (this.#ports.mono() >= this.#tidyAt) void this.#tidying.request();
    } catch (error) {
      if (error instanceof Refused) return; // the life that looked has ended
      this.#ports.metrics.onPollFailed();
      this.#ports.log.error({ err: error }, 'could not look at the gate');
    }
  }

  /** Beside the looking, because a fencing may take its time. */
  async #tidy(): Promise<void> {
    if (this.#abort.signal.aborted) return;
    this.#tidyAt = this.#ports.mono() + tidyEveryMs;
    try {
      const fenced = await fenceSilent(this.#ports, this.#life?.id, this.#abort.signal);
      if (fenced.length > 0) this.#ports.log.warn({ lives: fenced }, 'fenced lives that had fallen silent');
      await pruneHeldSets(this.#ports, this.#abort.signal);
    } catch (error) {
      if (error instanceof Refused) return;
      this.#ports.log.error({ err: error }, 'could not tidy the storage');
    }
  }

  async #begin(signal: AbortSignal): Promise<void> {
    const storage = this.#storage;
    if (storage === undefined) throw new Error('a replica that was not started cannot begin a life');
    const next = await this.#succession.next(signal);
    if (next.is === 'duplicateInstance') {
      this.#ports.log.error({ instance: this.#settings.instance }, 'another process serves under this instance');
      this.#close('duplicateInstance');
      return;
    }
    const { generation } = next;
    const hooks = {
      onDrop: (tokens: ReadonlySet<TokenHash>): void => {
        this.#drop({ all: false, has: (token) => tokens.has(this.#ports.hashToken(token)) });
      },
      onWake: (): void => {
        this.#waiting.wake();
      },
      onEnd: (why: LifeEnd, hasServed: boolean): void => {
        this.#succeed(why, hasServed);
      },
      onGateMoved: (): void => {
        void this.nudge();
      },
    };
    const life = await Life.register(this.#ports, this.#settings, { storage, generation }, hooks, signal);
    if (life.signal.aborted) return;
    this.#life = life;
    this.#succession.began(life.id);
    this.#ports.metrics.onLifeBegan(life.id);
    this.#ports.log.info({ life: life.id, generation }, 'a life began');
  }

  /** In the tick in which a life ends: nothing of it is used any more. The next begins at once, unless this one never came to serve anything. */
  #succeed(why: LifeEnd, hasServed: boolean): void {
    this.#life = undefined;
    this.#succession.ended(why);
    this.#drop({ all: true });
    this.#ports.metrics.onLifeEnded(why);
    this.#ports.log.info({ why }, 'a life ended');
    if (hasServed) void this.nudge();
  }

  #drop(dropped: DroppedTokens): void {
    for (const drop of this.#drops) drop(dropped);
  }

  #close(end: ReplicaEnd): void {
    this.#isOver = true;
    this.#abort.abort(refused('lifeEnded', 'this replica has left'));
    this.#timer?.cancel();
    this.#watch?.close();
    this.#waiting.wake();
    this.#closing.resolve(end);
  }
}
