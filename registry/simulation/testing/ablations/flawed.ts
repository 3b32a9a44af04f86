import { parseTokenHash } from '../../../../core/window/token.ts';
import type { Marker } from '../../../collector/marker/marker.ts';
import { HeldStore } from '../../../records/heldStore.ts';
import { MemberStore } from '../../../records/members.ts';
import { TombstoneStore } from '../../../records/tombstones.ts';
import type { Driver } from '../../../storage/driver.ts';

/** An executor that reads who has acknowledged, and forgets what they touched. */
export class ForgetfulMembers extends MemberStore {
  override async readAll(...question: Parameters<MemberStore['readAll']>): ReturnType<MemberStore['readAll']> {
    return (await super.readAll(...question)).map((view) => ({ ...view, touched: [] }));
  }
}

/** An executor that waits for nobody. */
export class NoMembers extends MemberStore {
  override readAll(): ReturnType<MemberStore['readAll']> {
    return Promise.resolve([]);
  }
}

/** Windows in which something else is held than what goes. */
export class OthersHeld extends HeldStore {
  override write(...[name, hashes, signal]: Parameters<HeldStore['write']>): ReturnType<HeldStore['write']> {
    const others = Array.from(hashes, (hash) => parseTokenHash(hash.slice(16) + hash.slice(0, 16)));
    return super.write(
      name,
      others.filter((hash) => hash !== undefined),
      signal,
    );
  }
}

/** Tombstones that count once they have lapsed, and not before. */
export class SpentTombstones extends TombstoneStore {
  readonly #driver: Driver;

  constructor(driver: Driver) {
    super(driver);
    this.#driver = driver;
  }

  override async list(...[signal]: Parameters<TombstoneStore['list']>): ReturnType<TombstoneStore['list']> {
    const now = await this.#driver.now(signal);
    return (await super.list(signal)).filter(({ until }) => until <= now);
  }
}

export function fencesNothing(driver: Driver): Driver {
  return instead(driver, { endLife: () => Promise.resolve() });
}

/** The driver, but for these of its methods. */
function instead(driver: Driver, methods: Partial<Driver>): Driver {
  return new Proxy(driver, {
    get: (target, name) => {
      if (name in methods) return Reflect.get(methods, name) as unknown;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown => Reflect.apply(value, target, given) as unknown;
    },
  });
}

export function marksWith(marker: Marker, changed: Partial<Parameters<Marker['mark']>[0]>): Marker {
  const mark = marker.mark.bind(marker);
  marker.mark = (order) => mark({ ...order, ...changed });
  return marker;
}
