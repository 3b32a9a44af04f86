import type { Driver } from '../../../storage/driver.ts';
import { BucketDriver } from '../bucket/driver.ts';
import type { Machine, SimulatedProcess } from '../kernel/process.ts';
import type { SimulatedDisk } from '../storage/disk.ts';
import { SimulatedDriver } from '../storage/driver.ts';
import type { Listings } from '../storage/reads.ts';
import { type StorageSwitches, Tree } from '../storage/tree.ts';
import type { DirectoryNode, Node } from '../storage/node.ts';
import { layout } from '../../../storage/layout.ts';

/** How the listings that a mark reads deceive: they are what a storage is slowest to get right. */
export interface Deceptions {
  /** So many listings leave out one name, each name once at most. */
  readonly omissions: number;
  /** A listing may show what was there so long ago, ms. */
  readonly lagMs: number;
}

export interface StorageOptions {
  readonly kind: 'filesystem' | 'bucket';
  readonly switches: StorageSwitches;
  /** Of a bucket: how long a signed request may take, how many get no answer, and whether who fences waits until they have run out. */
  readonly signed: { readonly ms: number; readonly unanswered: number; readonly isWaitedFor: boolean };
  readonly deceptions: Deceptions;
}

/** The one storage of a world, and the drivers that its processes open on it. */
export class StorageMachine {
  readonly disk: SimulatedDisk;
  readonly #machine: Machine;
  readonly #options: StorageOptions;
  readonly #now: () => number;
  readonly #omitted = new Set<string>();
  #isHonest = false;

  constructor(disk: SimulatedDisk, now: () => number, machine: Machine, options: StorageOptions) {
    this.disk = disk;
    this.#now = now;
    this.#machine = machine;
    this.#options = options;
  }

  driver(process: SimulatedProcess): Driver {
    return this.#driver(process, (_path, { entries }) => entries);
  }

  /** As a mark reads the storage. */
  markDriver(process: SimulatedProcess): Driver {
    return this.#driver(process, (path, directory) => this.#shown(path, directory));
  }

  /** From here on every listing tells what there is. */
  endDeceptions(): void {
    this.#isHonest = true;
  }

  #driver(process: SimulatedProcess, shown: Listings['shown']): Driver {
    const { scheduler, chance, history } = this.#machine;
    const { kind, switches, signed } = this.#options;
    const tree = new Tree(process, this.disk, () => chance.uuid(), switches);
    if (kind === 'filesystem') return new SimulatedDriver(tree, { shown });
    const bucket = {
      ...{ signedMs: signed.ms, unanswered: () => (this.#isHonest ? 0 : signed.unanswered) },
      ...{ refusesExpired: switches.refusesLate, waits: signed.isWaitedFor, now: this.#now, chance },
      timers: process.timers,
      arrive: (ms: number, effect: () => void) => {
        scheduler.afterSilently(ms, effect);
      },
      count: (what: string) => {
        history.count(what);
      },
    };
    return new BucketDriver(tree, bucket, { shown });
  }

  #shown(path: string, directory: DirectoryNode): ReadonlyMap<string, Node> {
    if (this.#isHonest || !path.startsWith(layout.served)) return directory.entries;
    const { chance, history } = this.#machine;
    const { omissions, lagMs } = this.#options.deceptions;
    const { former } = directory;
    if (former !== undefined && this.#now() - former.until < lagMs && chance.happens(0.5)) {
      history.count('listings that lagged');
      return former.entries;
    }
    if (directory.entries.size === 0 || !chance.happens(omissions)) return directory.entries;
    const name = chance.pick([...directory.entries.keys()]);
    if (this.#omitted.has(`${path}/${name}`)) return directory.entries;
    this.#omitted.add(`${path}/${name}`);
    history.count('listings that left a name out');
    history.say('storage', `a listing of ${path} leaves out ${name}`);
    return new Map([...directory.entries].filter(([each]) => each !== name));
  }
}
