import { Catalogue, repositories, tags } from '../client/catalogue.ts';
import { type ClientWorld, Stir } from '../client/session.ts';
import { Chance } from '../kernel/chance.ts';
import { History, type Telling } from '../kernel/history.ts';
import type { Machine, Weather } from '../kernel/process.ts';
import { Scheduler } from '../kernel/scheduler.ts';
import { Judge } from '../model/judge.ts';
import { Network } from '../registry/network.ts';
import type { World } from '../registry/parts.ts';
import { StorageMachine } from '../registry/storageMachine.ts';
import { SimulatedDisk } from '../storage/disk.ts';
import { DiskError } from '../storage/node.ts';
import { Ambush } from './ambush.ts';
import { Fleet } from './fleet.ts';
import { type Ablation, drawSetting, durations, type Setting } from './setting.ts';

/** A world in which nothing has happened yet. */
export interface Opened {
  readonly setting: Setting;
  readonly machine: Machine;
  readonly world: World;
  readonly fleet: Fleet;
  readonly ambush: Ambush;
  readonly judge: Judge;
  readonly clients: ClientWorld;
  /** Whether anything goes wrong by itself: a storage that stalls, fails or deceives, a client that hangs up. */
  readonly sky: { isCalm: boolean };
}

const calm: Weather = { callMs: 0.2, stalls: 0, stallMs: 0, failures: 0 };
const epochMs = 1_750_000_000_000;
/** As coarse as a kernel's clock. */
const tickMs = 4;

export function openWorld(seed: number, ablation: Ablation, telling: Telling): Opened {
  const chance = new Chance(seed);
  const scheduler = new Scheduler();
  const history = new History(scheduler, telling);
  const drawn = drawSetting(chance);
  const set = ablation.scene?.(drawn) ?? drawn;
  const setting = ablation.setting?.(set) ?? set;
  history.say('seed', `${seed} ${JSON.stringify(setting)}`);
  const sky = { isCalm: true };
  const ambush = new Ambush(chance, setting.ambush);
  const machine: Machine = {
    ...{ scheduler, chance, history },
    weather: () => (sky.isCalm ? calm : setting.weather),
    ambush: ambush.spring,
    failure: (call) => new DiskError('EIO', call, 'the disk'),
  };
  const world: World = {
    ...{ machine, storage: storageOf(machine, setting, ablation), network: new Network(machine, setting.loss) },
    ...{ durations, holdBudgetMs: 1500, collection: setting.collection },
    around: ablation.around ?? ((ports) => ports),
    aroundMark: ablation.aroundMark ?? ((records) => records),
  };
  const fleet = new Fleet(world);
  const judge = new Judge(scheduler, history, durations.promiseTTLMs);
  for (const repository of repositories) for (const tag of tags) judge.tag(repository, tag);
  const clients: ClientWorld = {
    ...{ scheduler, chance, history, judge, catalogue: new Catalogue(chance) },
    servers: () => fleet.servers,
    hangUps: () => (sky.isCalm ? 0 : setting.hangUps),
    undoMs: setting.collection.undoPeriodMs,
    mayFail: setting.weather.failures > 0 || setting.powerCuts || setting.storage === 'bucket',
    mayDeceive: setting.weather.failures + setting.deceptions.omissions + setting.deceptions.lagMs > 0,
    stir: new Stir(),
  };
  return { setting, machine, world, fleet, ambush, judge, clients, sky };
}

function storageOf(machine: Machine, setting: Setting, ablation: Ablation): StorageMachine {
  const now = (): number => Math.floor((epochMs + machine.scheduler.now) / tickMs) * tickMs;
  const disk = new SimulatedDisk({
    ...{ now, names: setting.names, lags: setting.deceptions.lagMs > 0 },
    // What a bucket has answered is durable.
    ...{ cuts: setting.powerCuts && setting.storage === 'filesystem', syncs: ablation.syncs ?? true },
  });
  return new StorageMachine(disk, now, machine, {
    ...{ kind: setting.storage, signed: setting.signed, deceptions: setting.deceptions },
    switches: { refusesLate: true, ...ablation.storage },
  });
}
