/** Fewer times than this are no crowd. */
const crowd = 100;
const share = 0.5;
/** So long a plain copy of many small files may take. People push fewer tags of one repository in so short a time. */
const withinMs = 60_000;

/**
 * Whether the times of pushes are plainly those of a copy or restore that lost the real ones: at least half of at least a hundred lie within one minute.
 * A time that is not known counts as one of them, so that losing more of them never makes the others believed (R1).
 */
export function pushTimesAreReset(times: readonly (number | undefined)[]): boolean {
  if (times.length < crowd) return false;
  const known = times.filter((time) => time !== undefined).sort((left, right) => left - right);
  const enough = Math.ceil(share * times.length) - (times.length - known.length);
  if (enough <= 1) return true;
  const last = known.slice(enough - 1); // of each run of so many
  return last.some((time, at) => {
    const first = known[at];
    return first !== undefined && time - first <= withinMs;
  });
}
