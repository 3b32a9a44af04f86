import fc from 'fast-check';
import { Check } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { RunName } from '../../core/admin/schema.ts';
import { runName } from './runName.ts';

describe('the name of a run', () => {
  it('is one that the admin API takes, whatever it is made from', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.array(fc.json()), (readable, identity) => {
        expect(Check(RunName, runName(readable, identity))).toBe(true);
      }),
    );
  });

  it('can be read, and is the same each time', () => {
    const name = runName('main-dr-2026.CVE-1', ['registry/dr-2026.CVE-1', 'order', 1]);
    expect(name).toMatch(/^main-dr-2026-cve-1-[0-9a-f]{12}$/);
    expect(runName('main-dr-2026.CVE-1', ['registry/dr-2026.CVE-1', 'order', 1])).toBe(name);
  });

  it('is another one for another attempt, also where what can be read of it was cut', () => {
    const long = 'a'.repeat(253);
    expect(runName(long, [long, 1])).not.toBe(runName(long, [long, 2]));
  });
});
