import { describe, expect, it } from 'vitest';
import { fence } from '../gate.ts';
import { TokenLog } from '../journal.ts';
import { answered, laterRun, life, markingGate, member, token } from '../testing/samples.ts';
import { hear } from './hearing.ts';
import type { Heard } from './state.ts';

const [a, b] = [token('a'), token('b')];
const unheard: Heard = { seeds: TokenLog.empty, read: new Map() };
const gate = markingGate(); // epoch 2

describe('hearing', () => {
  it('W1: misses whoever has not answered for this epoch', () => {
    const members = [
      member(life('spoke'), { acknowledged: answered(2) }),
      member(life('silent')),
      member(life('slow'), { acknowledged: answered(1) }),
      member(life('gone'), { left: true }),
    ];
    expect(hear(unheard, members, gate).missing).toEqual(['silent', 'slow']);
  });

  it('leaves out the fenced, with what they say', () => {
    const fenced = fence(gate, [life('late')], 0);
    const late = member(life('late'), { acknowledged: answered(1, { overflow: true }) }, [a]);
    const hearing = hear(unheard, [late], fenced);
    expect(hearing).toMatchObject({ missing: [], overflowed: undefined });
    expect([...hearing.heard.seeds]).toEqual([]);
  });

  it('counts what any life touched in this run, whether it has answered or not, and for good', () => {
    const first = hear(unheard, [member(life('slow'), { acknowledged: answered(1, { segments: 2 }) }, [a])], gate);
    expect([...first.heard.seeds]).toEqual([a]);
    expect(first.heard.read).toEqual(new Map([['slow', 2]]));
    const second = hear(
      first.heard,
      [member(life('other'), { acknowledged: answered(2, { segments: 1 }) }, [b])],
      gate,
    );
    expect([...second.heard.seeds]).toEqual([a, b]);
    expect(second.heard.read).toEqual(
      new Map([
        ['slow', 2],
        ['other', 1],
      ]),
    );
  });

  it('F4: hears the journal of a life that left', () => {
    const left = member(life('gone'), { left: true, acknowledged: answered(1, { segments: 1 }) }, [a]);
    expect([...hear(unheard, [left], gate).heard.seeds]).toEqual([a]);
  });

  it('W2: hears nothing of another run', () => {
    const other = member(life('a'), { acknowledged: answered(2, { run: laterRun, segments: 3, overflow: true }) }, [a]);
    const hearing = hear(unheard, [other], gate);
    expect(hearing).toMatchObject({ missing: ['a'], overflowed: undefined });
    expect(hearing.heard).toEqual({ seeds: TokenLog.empty, read: new Map() });
  });

  it('counts a life as outlived when its process has registered again', () => {
    const process = { instance: 'one process' };
    const older = member(life('older'), { ...process, generation: 0 });
    const newer = member(life('newer'), { ...process, generation: 1 });
    const hearing = hear(unheard, [newer, older, member(life('other'))], gate);
    expect(hearing.outlived).toEqual(['older']);
    expect(hearing.missing).toEqual(['newer', 'older', 'other']);
  });

  it('does not miss an outlived life that has answered', () => {
    const process = { instance: 'one process' };
    const older = member(life('older'), { ...process, acknowledged: answered(2) });
    expect(hear(unheard, [older, member(life('newer'), { ...process, generation: 1 })], gate).outlived).toEqual([]);
  });

  it('names a member whose journal was full', () => {
    const full = member(life('full'), { acknowledged: answered(2, { overflow: true }) });
    expect(hear(unheard, [member(life('a'), { acknowledged: answered(2) }), full], gate).overflowed).toBe('full');
  });
});
