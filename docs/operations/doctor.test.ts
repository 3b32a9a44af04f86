import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findingKinds } from '../../registry/doctor/findingKinds.ts';

const page = readFileSync(new URL('doctor.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| `([A-Z]\w+)` +\| (error|warning|info) +\|/gm)].map(([, name, severity]) => [
  name,
  severity,
]);

describe('the page about the doctor', () => {
  it('has every finding with its severity, and no other', () => {
    expect(rows).toEqual(Object.entries(findingKinds).map(([name, { severity }]) => [name, severity]));
  });
});
