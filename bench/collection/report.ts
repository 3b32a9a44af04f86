import { inMs } from '../measuring/spread.ts';
import type { Marks, Times } from './marks.ts';
import type { Removals } from './removals.ts';

export function linesOfMarks(marks: Marks): readonly string[] {
  const { distribution, first, firstMark, again, againMark, notCold } = marks;
  const rows = [
    ['distribution, dry run', distribution],
    ['ours, first run', first],
    ['  its mark alone', firstMark],
    ['ours, next run', again],
    ['  its mark alone', againMark],
  ] as const;
  return [
    'seconds of the whole process (median of so many):',
    ...rows.map(([name, times]) => `  ${name.padEnd(24)}cold ${shown(times.cold)}, warm ${shown(times.warm)}`),
    ...(notCold === undefined ? [] : [`  no cold page cache: ${notCold}`]),
    ...rows.slice(1).map(([name, times]) => `  ${name.padEnd(24)}faster by ${ratios(distribution, times)}`),
  ];
}

export function linesOfRemovals(removals: Removals): readonly string[] {
  const { blobs, distributionSeconds, windows, windowSeconds, candidates, seconds, sharing } = removals;
  const longestSeconds = windows.max / 1000;
  return [
    `pushes blocked while ${blobs} blobs go (copies by ${sharing}):`,
    `  distribution            ${distributionSeconds.toFixed(1)} s, every push`,
    `  ours                    ${windows.count} windows, ${inMs(windows)}; together ${windowSeconds.toFixed(1)} s, each only for pushes of its candidates`,
    `                          ${candidates} held tokens in all; the runs took ${seconds.toFixed(1)} s, in which every other push goes on`,
    `  distribution blocks ${times(distributionSeconds / longestSeconds)} as long as our longest window, ${times(distributionSeconds / windowSeconds)} as long as all of them together`,
  ];
}

function shown(values: readonly number[]): string {
  return values.length === 0 ? '–' : `${median(values).toFixed(1)} (${values.length})`;
}

function ratios(peer: Times, ours: Times): string {
  const of = (cache: 'cold' | 'warm'): string[] =>
    peer[cache].length === 0 || ours[cache].length === 0
      ? []
      : [`${times(median(peer[cache]) / median(ours[cache]))} ${cache}`];
  return [...of('cold'), ...of('warm')].join(', ');
}

function times(ratio: number): string {
  return `${ratio >= 100 ? Math.round(ratio) : ratio.toFixed(1)} ×`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
