import type { Wish } from '../world.ts';
import { blobs, standing } from '../worlds.ts';
import { sleptBeforeRenewal } from '../scenes.ts';
import { type Ablation, both, files } from './ablation.ts';
import { remove, gets, garbage, tagged, heads } from './props.ts';

/** Promises: how old a link may be, and a cache. */
export const freshness: readonly Ablation[] = [
  both('freshness', ['freshness']),
  files('a quarter more than a promise', ['quarterOfAPromise'], {
    wishes: [heads('b0', 'b0', 'b0', 'b0', 'b0', 'b0', 'b0', 'b0')],
    setting: { durations: { permitTTLMs: 8, windowMs: 16, promiseTTLMs: 40 } },
    mood: { tick: 5, call: 8 },
  }),
  files('renewing in place', ['renewsInPlace'], {
    replicas: 2,
    objects: tagged,
    wishes: [heads('m0'), [remove]],
    prologue: sleptBeforeRenewal,
    mood: { tick: 8, firstSleep: { is: 'replica', at: 0, ticks: 60 } },
  }),
  both('renewing a tag that is right already', ['renewsEqualTags'], {
    objects: { ...garbage, ...standing('m0', 't1') },
    setting: { policy: ['t1'] },
    wishes: [Array<Wish>(6).fill({ call: 'put', digest: 'm0', tag: 't1' })],
    mood: { tick: 8, call: 6 },
  }),
  files('ageing and dropping of caches', ['cacheAges', 'cacheDrops']),
  both('dropping from caches what was removed', ['cacheDrops'], {
    replicas: 2,
    objects: tagged,
    setting: { budgetMs: 60 },
    wishes: [[remove], [...heads('m0', 'm0'), ...gets]],
    mood: { tick: 20, longTick: 1_000, call: 12 },
  }),
  files('forgetting at the end of a life, and ageing', ['newLifeForgets', 'cacheAges']),
  files('a permit for what is cached', ['cachedUnderPermit'], {
    replicas: 2,
    objects: { ...standing('m0', 't0'), ...blobs('b0', 'b1') },
    setting: { budgetMs: 60 },
    wishes: [[remove], [...heads('m0', 'm0'), ...gets]],
    mood: { tick: 8, longTick: 1_000, leave: 10_000, kill: 10_000, pause: 40, sleep: 120, call: 12 },
    isRare: true,
  }),
].flat();
