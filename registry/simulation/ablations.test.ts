import { describe, expect, it } from 'vitest';
import { type AblationName, firstCaught } from './testing/ablations/ablations.ts';

const soon: readonly AblationName[] = [
  'an fsync that does nothing',
  'marks that look at no age',
  'an executor that forgets the journals',
];

describe('a simulation without one thing around the code', () => {
  it.each(soon)('catches %s within 200 schedules', async (name) => {
    const caught = await firstCaught(name, 200);
    expect(caught).toBeDefined();
    expect(caught?.withoutIt).toEqual([]);
  });
});
