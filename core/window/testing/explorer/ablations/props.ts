import type { Name } from '../names.ts';
import type { Mood } from '../trial.ts';
import type { Wish } from '../world.ts';
import { blobs, sleepy, standing } from '../worlds.ts';

/** What many ablations begin with. */

export const put: Wish = { call: 'put', digest: 'm0', tag: 't0' };
export const remove: Wish = { call: 'delete', digest: 'm0' };
export const gets = Array<Wish>(20).fill({ call: 'get', digest: 'm0' });
export const overAndOver: readonly Wish[] = [put, remove, put, remove, put, remove, put, remove];
export const garbage = { ...blobs('b0', 'b1', 'b2'), ...standing('m0') };
export const tagged = { ...blobs('b0', 'b1', 'b2'), ...standing('m0', 't0') };

export const restless: Partial<Mood> = { leave: 25, kill: 60, tick: 20 };
export const drowsy: Partial<Mood> = {
  ...sleepy,
  kill: 250,
  leave: 250,
  stall: 600,
  tick: 5,
  longTick: 16,
  pause: 10,
  executorPause: 10,
  sleep: 120,
  steps: 900,
};

export const heads = (...digests: readonly Name[]): readonly Wish[] =>
  digests.map((digest) => ({ call: 'head', digest }));
