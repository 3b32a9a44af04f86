import type { Durations } from '../../../../core/window/gate.ts';
import type { CollectionSettings } from '../../../collector/run/ports.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Weather } from '../kernel/process.ts';
import type { Around, World } from '../registry/parts.ts';
import type { Deceptions, StorageOptions } from '../registry/storageMachine.ts';
import type { StorageSwitches } from '../storage/tree.ts';
import type { NameOrder } from '../storage/unsynced.ts';

/** Short, so that a schedule of seconds sees promises, tombstones and the trash run out. */
export const durations: Durations = { permitTTLMs: 1000, windowMs: 2000, promiseTTLMs: 3000 };

/** What a schedule is made of; drawn from its seed. */
export interface Setting {
  readonly storage: StorageOptions['kind'];
  readonly signed: StorageOptions['signed'];
  readonly replicas: number;
  readonly clients: number;
  readonly operators: number;
  /** How long clients are at work and things go wrong, ms. */
  readonly activeMs: number;
  readonly faults: number;
  readonly powerCuts: boolean;
  /** Instead of the usual weights. */
  readonly faultKinds: Readonly<Partial<Record<'ambush' | 'pause' | 'kill' | 'cut' | 'stop' | 'join', number>>>;
  /** Where a process may be stopped at the worst moment, and for how long. */
  readonly ambush: { readonly at: 'commits' | 'commitsAndRemovals'; readonly leastMs: number; readonly mostMs: number };
  readonly names: NameOrder;
  readonly weather: Weather;
  readonly loss: number;
  readonly hangUps: number;
  readonly deceptions: Deceptions;
  readonly collection: CollectionSettings;
}

/** What is off, to see what it is good for. */
export interface Ablation {
  readonly storage?: Partial<StorageSwitches>;
  readonly syncs?: boolean;
  readonly around?: Around;
  readonly aroundMark?: World['aroundMark'];
  readonly setting?: (drawn: Setting) => Setting;
  /** Circumstances in which that is soon seen; by themselves they do no harm. */
  readonly scene?: (drawn: Setting) => Setting;
}

export function drawSetting(chance: Chance): Setting {
  const deceives = chance.happens(0.3);
  const confirmAfterMs = deceives || chance.happens(0.5) ? 1500 : 0;
  const stalls = chance.happens(0.4) ? chance.between(0.0005, 0.003) : 0;
  const storage = chance.happens(0.3) ? 'bucket' : 'filesystem';
  return {
    storage,
    // Well inside permit and window, which a life and an executor need for more than one request.
    signed: { ms: 400, unanswered: chance.happens(0.4) ? 0.01 : 0, isWaitedFor: true },
    replicas: 1 + chance.below(3),
    clients: 2 + chance.below(3),
    operators: chance.happens(0.3) ? 2 : 1,
    activeMs: chance.between(1200, 2800),
    faults: chance.below(5),
    powerCuts: chance.happens(0.35),
    faultKinds: {},
    ambush: { at: 'commitsAndRemovals', leastMs: 1000, mostMs: 6000 },
    names: chance.happens(0.5) ? 'anyOrder' : 'journaled',
    weather: {
      callMs: chance.pick([0.2, 1, 4]),
      ...{ stalls, stallMs: chance.pick([50, 400, 1500]) },
      failures: chance.happens(0.15) ? 0.0005 : 0,
    },
    loss: chance.pick([0, 0.2, 0.9]),
    hangUps: chance.happens(0.3) ? 0.05 : 0,
    // A name that is left out of two marks in a row looks as if it had never been: a storage that lies so cannot be served.
    deceptions: deceives ? { omissions: 0.01, lagMs: 20 } : { omissions: 0, lagMs: 0 },
    collection: {
      ...{ minAgeMs: 1000, confirmAfterMs, undoPeriodMs: 3000, trashTTLMs: 1500, uploadsMs: 3000 },
      ...{ maxHeld: chance.pick([2, 5, 1000]), holdTargetMs: 25, attemptMs: 500 },
      untagged: chance.happens(0.8) ? 'Delete' : 'Keep',
    },
  };
}
