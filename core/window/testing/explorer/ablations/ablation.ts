import type { Name } from '../names.ts';
import type { Path } from '../records.ts';
import type { Rule } from '../rules.ts';
import type { Setting } from '../setting.ts';
import type { MakeStart, Mood } from '../trial.ts';
import type { Wish, World } from '../world.ts';
import { anyWorld, hurried, setting, worldOf } from '../worlds.ts';
import { garbage } from './props.ts';

/** One or more rules switched off, and a world in which the history that needs them is likely. */
export interface Ablation {
  readonly name: string;
  readonly without: readonly Rule[];
  readonly storage: Setting['storage'];
  readonly makeStart: MakeStart;
  /** Thousands of schedules pass before it shows. */
  readonly isRare: boolean;
}

export interface Stage {
  readonly objects?: Readonly<Record<Path, Name>>;
  readonly replicas?: number;
  readonly executors?: number;
  readonly wishes: readonly (readonly Wish[])[];
  readonly setting?: Partial<Setting>;
  readonly mood?: Partial<Mood>;
  readonly prologue?: (world: World) => World;
  readonly lies?: number;
  readonly isRare?: boolean;
}

function on(storage: Setting['storage'], name: string, without: readonly Rule[], stage?: Stage): Ablation {
  const isRare = stage?.isRare ?? false;
  if (stage === undefined) return { name, without, storage, isRare, makeStart: anyWorld(without, storage) };
  const world = worldOf({
    setting: { ...setting, policy: [], ...stage.setting, storage, without },
    objects: stage.objects ?? garbage,
    replicas: stage.replicas ?? 1,
    executors: stage.executors ?? 1,
    runs: 8,
    wishes: stage.wishes,
    lies: stage.lies ?? 0,
  });
  const begun = stage.prologue?.(world) ?? world;
  const mood = { ...hurried, ...stage.mood };
  return { name, without, storage, isRare, makeStart: () => ({ world: begun, mood }) };
}

export const both = (name: string, without: readonly Rule[], stage?: Stage): readonly Ablation[] => [
  on('filesystem', name, without, stage),
  on('objects', `${name} (S3)`, without, stage),
];
export const files = (name: string, without: readonly Rule[], stage?: Stage): readonly Ablation[] => [
  on('filesystem', name, without, stage),
];
export const objects = (name: string, without: readonly Rule[], stage?: Stage): readonly Ablation[] => [
  on('objects', name, without, stage),
];
