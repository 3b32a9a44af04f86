import { MemoryDisk } from '../../storage/testing/memoryDisk.ts';
import { type DriverMethod, MemoryDriver } from '../../storage/testing/memoryDriver.ts';
import { TestWorld } from '../../window/testing/testWorld.ts';
import { promiseTTLMs, TestRegistry } from './testRegistry.ts';

/** A registry in memory whose storage grows older as a test says, and whose calls it sees. */
export class TimedRegistry {
  readonly calls: { readonly method: DriverMethod; readonly path: string }[] = [];
  /** Awaited before each call on the storage. */
  before: (method: DriverMethod, path: string) => Promise<void> | void = () => undefined;
  #now = 0;
  #registry: TestRegistry | undefined;

  static async open(): Promise<TimedRegistry> {
    const timed = new TimedRegistry();
    const disk = new MemoryDisk(() => 1_000_000 + timed.#now);
    const before = async (method: DriverMethod, path: string): Promise<void> => {
      timed.calls.push({ method, path });
      await timed.before(method, path);
    };
    const world = await TestWorld.open(
      () => new MemoryDriver(disk, { before }),
      () => Promise.resolve(),
    );
    timed.#registry = await TestRegistry.on(world, { mono: () => timed.#now });
    return timed;
  }

  get registry(): TestRegistry {
    if (this.#registry === undefined) throw new Error('the registry is being opened');
    return this.#registry;
  }

  /** By so many quarters of `promiseTTL`, the age at which a promise renews a link. */
  growOlder(quarters: number): void {
    this.#now += (quarters * promiseTTLMs) / 4;
  }

  /** What `work` asked of the storage. */
  async callsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
    const from = this.calls.length;
    await work();
    return this.calls.slice(from).map(({ method, path }) => `${method} ${path}`);
  }
}
