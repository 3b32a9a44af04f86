import type { Ablation } from './ablations/ablation.ts';
import { deletion } from './ablations/deletion.ts';
import { freshness } from './ablations/freshness.ts';
import { hearing } from './ablations/hearing.ts';
import { refusal } from './ablations/refusal.ts';
import { windows } from './ablations/windows.ts';

/** Of each rule that has one, and of some with the net below it: without them acknowledged things are lost, or the registry stays held. */
export const ablations: readonly Ablation[] = [...hearing, ...freshness, ...refusal, ...windows, ...deletion];
