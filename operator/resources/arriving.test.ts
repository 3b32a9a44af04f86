import { expect, it } from 'vitest';
import { arrivalLeft } from './arriving.ts';

const created = '2026-11-23T12:00:00Z';
const at = Date.parse(created);

it.each([
  { name: 'one that was just made', passedMs: 0, left: 10_000 },
  { name: 'one of three seconds ago', passedMs: 3000, left: 7000 },
  { name: 'one made by a clock that is ahead', passedMs: -3_600_000, left: 10_000 },
  { name: 'one that had its time', passedMs: 10_000, left: undefined },
])('$name waits for $left ms', ({ passedMs, left }) => {
  expect(arrivalLeft({ creationTimestamp: created }, at + passedMs)).toBe(left);
});
