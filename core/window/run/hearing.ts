import { type Gate, isFenced } from '../gate.ts';
import type { LifeId, RunId } from '../identity.ts';
import { hasAnswered, isJournalOf, type MemberView } from '../member.ts';
import type { Heard } from './state.ts';

export interface Hearing {
  readonly heard: Heard;
  /** Members that have not answered for this epoch. */
  readonly missing: readonly LifeId[];
  /** Of these, lives whose process has registered again since: they will never answer. */
  readonly outlived: readonly LifeId[];
  /** A member whose journal was full. */
  readonly overflowed: LifeId | undefined;
}

/**
 * HEAR: what the members, as listed after the compare-and-set, say to this epoch. Lives that the gate fences are left out; what any other life
 * touched in this run counts, whether it has answered yet or not, and for good.
 */
export function hear(heard: Heard, members: readonly MemberView[], gate: Gate & { readonly run: RunId }): Hearing {
  const speaking = members.filter(({ record }) => !isFenced(gate, record.life));
  const journals = speaking.filter((member) => isJournalOf(member, gate.run));
  const missing = speaking.filter((member) => !hasAnswered(member, gate.run, gate.epoch));
  const read = new Map(heard.read);
  for (const { record } of speaking)
    if (record.acknowledged?.run === gate.run) read.set(record.life, record.acknowledged.segments);
  return {
    heard: { seeds: journals.reduce((seeds, member) => seeds.with(member.touched), heard.seeds), read },
    missing: missing.map(({ record }) => record.life),
    outlived: missing.filter((member) => isOutlived(member, speaking)).map(({ record }) => record.life),
    overflowed: journals.find(({ record }) => record.acknowledged?.overflow)?.record.life,
  };
}

/** An instance is one process, which has one life at a time: of two records the older is of a life that is over. */
function isOutlived(member: MemberView, among: readonly MemberView[]): boolean {
  return among.some(
    (other) =>
      other.record.instance === member.record.instance &&
      other.record.life !== member.record.life &&
      isNewer(other, member),
  );
}

function isNewer(left: MemberView, right: MemberView): boolean {
  return left.record.generation > right.record.generation;
}
