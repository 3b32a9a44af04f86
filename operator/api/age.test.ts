import { expect, it } from 'vitest';
import { ageText } from './age.ts';

const [minute, hour, day, year] = [60, 3600, 86_400, 31_536_000];

it.each([
  [-5, '<invalid>'],
  [-1.5, '0s'],
  [0, '0s'],
  [119.9, '119s'],
  [2 * minute, '2m'],
  [3 * minute + 20, '3m20s'],
  [10 * minute + 5, '10m'],
  [179 * minute, '179m'],
  [3 * hour, '3h'],
  [5 * hour + 7 * minute, '5h7m'],
  [47 * hour + 59 * minute, '47h'],
  [2 * day, '2d'],
  [5 * day + 3 * hour, '5d3h'],
  [8 * day + 3 * hour, '8d'],
  [2 * year, '2y'],
  [2 * year + 40 * day, '2y40d'],
  [9 * year + day, '9y'],
])('%d seconds ago is %s', (seconds, text) => {
  expect(ageText(seconds * 1000)).toBe(text);
});
