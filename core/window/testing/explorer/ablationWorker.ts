import { parentPort } from 'node:worker_threads';
import { ablations } from './ablations.ts';
import { explore } from './schedule.ts';
import type { Rule } from './rules.ts';
import type { Setting } from './setting.ts';
import type { MakeStart } from './trial.ts';
import { anyWorld } from './worlds.ts';

/** The first flaw in so many schedules of an ablation, by its name, or of any world without a rule. */
export type FlawAsked = { readonly schedules: number } & (
  { readonly ablation: string } | { readonly rule: Rule; readonly storage: Setting['storage'] }
);

export interface FlawFound {
  readonly seed: number;
  readonly flaw: string;
}

parentPort?.on('message', (asked: FlawAsked) => {
  parentPort?.postMessage(firstFlaw(asked));
});

function firstFlaw(asked: FlawAsked): FlawFound | undefined {
  const makeStart = startOf(asked);
  for (let seed = 1; seed <= asked.schedules; seed += 1) {
    const { flaw } = explore(seed, makeStart);
    if (flaw !== undefined) return { seed, flaw };
  }
  return undefined;
}

function startOf(asked: FlawAsked): MakeStart {
  if ('rule' in asked) return anyWorld([asked.rule], asked.storage);
  const ablation = ablations.find(({ name }) => name === asked.ablation);
  if (ablation === undefined) throw new Error(`there is no ablation ${asked.ablation}`);
  return ablation.makeStart;
}
