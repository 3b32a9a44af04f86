import type { LifeId } from '../../core/window/identity.ts';
import type { LifeEnd } from '../../core/window/life.ts';
import type { MemberRecord } from '../../core/window/member.ts';
import type { MemberStore } from '../records/members.ts';
import { StorageError } from '../storage/driver.ts';

export type Next = { readonly is: 'life'; readonly generation: number } | { readonly is: 'duplicateInstance' };

const duplicateWithinMs = 60_000;

/**
 * The lives of one instance, one after the other. An executor takes the newest record of an instance for its life and fences the others at once, so two
 * processes under one instance fence each other by turns: whoever is fenced so twice in a minute stops.
 */
export class Succession {
  readonly #members: Pick<MemberStore, 'list' | 'read'>;
  readonly #instance: string;
  readonly #mono: () => number;
  readonly #own = new Set<LifeId>();
  #generation = 0;
  #wasFenced = false;
  #outlivedAt: readonly number[] = [];

  constructor(members: Pick<MemberStore, 'list' | 'read'>, instance: string, mono: () => number) {
    this.#members = members;
    this.#instance = instance;
    this.#mono = mono;
  }

  /** A generation later than that of every record of this instance: a process that was restarted finds its predecessor's. */
  async next(signal: AbortSignal): Promise<Next> {
    const records = await this.#records(signal);
    const twins = records.filter((record) => record.generation > this.#generation && !this.#own.has(record.life));
    if (this.#wasFenced && twins.some((record) => !record.left)) {
      const now = this.#mono();
      this.#outlivedAt = [...this.#outlivedAt.filter((at) => now - at < duplicateWithinMs), now];
      if (this.#outlivedAt.length >= 2) return { is: 'duplicateInstance' };
    }
    this.#wasFenced = false;
    this.#generation = Math.max(this.#generation, ...records.map(({ generation }) => generation)) + 1;
    return { is: 'life', generation: this.#generation };
  }

  began(life: LifeId): void {
    this.#own.add(life);
  }

  ended(why: LifeEnd): void {
    this.#wasFenced = ['fenced', 'recordGone', 'stageGone'].includes(why);
  }

  async #records(signal: AbortSignal): Promise<readonly MemberRecord[]> {
    const records: MemberRecord[] = [];
    for (const life of await this.#members.list(signal)) {
      const record = await this.#record(life, signal);
      if (record?.instance === this.#instance) records.push(record);
    }
    return records;
  }

  /**
   * A record that a power cut damaged must not keep every replica from starting. Not knowing a generation costs this life a fencing at worst; whoever
   * decides by a record what may be removed does not come here.
   */
  async #record(life: LifeId, signal: AbortSignal): Promise<MemberRecord | undefined> {
    try {
      return (await this.#members.read(life, signal))?.record;
    } catch (error) {
      if (error instanceof StorageError) return undefined;
      throw error;
    }
  }
}
