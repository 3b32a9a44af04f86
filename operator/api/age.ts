const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** How long ago, as kubectl writes it: the longer, the coarser. `12s`, `3m20s`, `47h`, `5d3h`, `2y40d`. */
export function ageText(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>'; // still to come: clocks that differ
  if (seconds < 2 * minute) return `${Math.max(seconds, 0)}s`;
  if (seconds < 10 * minute) return twoUnits(seconds, [minute, 'm'], [1, 's']);
  if (seconds < 3 * hour) return oneUnit(seconds, [minute, 'm']);
  if (seconds < 8 * hour) return twoUnits(seconds, [hour, 'h'], [minute, 'm']);
  if (seconds < 2 * day) return oneUnit(seconds, [hour, 'h']);
  if (seconds < 8 * day) return twoUnits(seconds, [day, 'd'], [hour, 'h']);
  if (seconds < 2 * year) return oneUnit(seconds, [day, 'd']);
  if (seconds < 8 * year) return twoUnits(seconds, [year, 'y'], [day, 'd']);
  return oneUnit(seconds, [year, 'y']);
}

type Unit = readonly [seconds: number, letter: string];

function oneUnit(seconds: number, [size, letter]: Unit): string {
  return `${Math.floor(seconds / size)}${letter}`;
}

function twoUnits(seconds: number, large: Unit, small: Unit): string {
  const rest = seconds % large[0];
  return `${oneUnit(seconds, large)}${rest < small[0] ? '' : oneUnit(rest, small)}`;
}
