import { describe, expect, it } from 'vitest';
import { hasAnswered, isJournalOf, type MemberView } from './member.ts';
import { answered, laterRun, life, member, run } from './testing/samples.ts';

const cases: { readonly name: string; readonly view: MemberView; readonly answers: boolean }[] = [
  {
    name: 'an acknowledgement of this epoch and run',
    view: member(life('a'), { acknowledged: answered(5) }),
    answers: true,
  },
  { name: 'no acknowledgement', view: member(life('a')), answers: false },
  { name: 'W2: an older epoch', view: member(life('a'), { acknowledged: answered(4) }), answers: false },
  { name: 'W2: a newer epoch', view: member(life('a'), { acknowledged: answered(6) }), answers: false },
  {
    name: 'W2: another run',
    view: member(life('a'), { acknowledged: answered(5, { run: laterRun }) }),
    answers: false,
  },
  {
    name: 'a life that left earlier',
    view: member(life('a'), { left: true, acknowledged: answered(2) }),
    answers: true,
  },
  { name: 'a life that left having seen no gate', view: member(life('a'), { left: true }), answers: true },
];

describe('member', () => {
  it.each(cases)('has answered epoch 5: $name, $answers', ({ view, answers }) => {
    expect(hasAnswered(view, run, 5)).toBe(answers);
  });

  it('has a journal of the run it last acknowledged, and of no other', () => {
    const view = member(life('a'), { acknowledged: answered(4) });
    expect(isJournalOf(view, run)).toBe(true);
    expect(isJournalOf(view, laterRun)).toBe(false);
    expect(isJournalOf(member(life('a')), run)).toBe(false);
  });
});
