import { Content } from './content.ts';
import { type Contender, cpuOf, forgetPeakOf, peakOf } from './contender.ts';
import { Client, type LargeImage, pull, push } from './transfers.ts';

export interface Load {
  readonly count: number;
  readonly megabytes: number;
}

/** All pushes, or all pulls, of one size. */
export interface Transfers {
  /** What each took, in seconds. */
  readonly times: readonly number[];
  readonly errors: readonly string[];
  readonly requests: number;
  readonly bytes: number;
  /** From the first to the last. */
  readonly seconds: number;
  /** Of all cores, that the registry's processes took. */
  readonly cpuSeconds: number;
}

export interface LoadResult {
  readonly load: Load;
  readonly pushes: Transfers;
  readonly pulls: Transfers;
  /** The most memory that each process held meanwhile. */
  readonly peakBytes: readonly number[];
}

/**
 * One size after the other: pushes all its images, then pulls and hashes each. `atOnce` transfers are on at any moment, as long as there are as many left.
 */
export async function measureThroughput(
  contender: Contender,
  loads: readonly Load[],
  atOnce: number,
  signal: AbortSignal,
): Promise<readonly LoadResult[]> {
  const results: LoadResult[] = [];
  const clients = contender.bases.map((base) => new Client(base, signal));
  for (const load of loads) {
    const images = imagesOf(load);
    for (const pid of contender.pids) await forgetPeakOf(pid);
    const cpu = async (): Promise<number> =>
      (await Promise.all(contender.pids.map(cpuOf))).reduce((sum, each) => sum + each, 0);
    const pushes = await transferAll(images, atOnce, { clients, first: 0, cpu }, push);
    const pulls = await transferAll(images, atOnce, { clients, first: 1, cpu }, pull);
    results.push({ load, pushes, pulls, peakBytes: await Promise.all(contender.pids.map(peakOf)) });
  }
  return results;
}

function imagesOf({ count, megabytes }: Load): readonly LargeImage[] {
  return Array.from({ length: count }, (_one, at) => ({
    repository: `load/of-${megabytes}-mb`,
    content: new Content(`${megabytes}-${at}`, megabytes * 1_000_000),
    inPatch: at % 4 < 2, // through each of two replicas
  }));
}

interface Side {
  readonly clients: readonly Client[];
  /** Of the clients, the one that transfers the first image; they take turns. */
  readonly first: number;
  readonly cpu: () => Promise<number>;
}

async function transferAll(
  images: readonly LargeImage[],
  atOnce: number,
  { clients, first, cpu }: Side,
  transfer: (client: Client, image: LargeImage) => Promise<void>,
): Promise<Transfers> {
  const times: number[] = [];
  const errors: string[] = [];
  const requestsBefore = requestsOf(clients);
  const cpuBefore = await cpu();
  const began = performance.now();
  const pending = images.entries();
  const worker = async (): Promise<void> => {
    for (const [at, image] of pending) {
      const client = clients[(at + first) % clients.length];
      if (client === undefined) throw new Error('a registry that answers nowhere');
      const start = performance.now();
      try {
        await transfer(client, image);
        times.push((performance.now() - start) / 1000);
      } catch (error) {
        errors.push(`${image.content.name}: ${describe(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const bytes = images.reduce((sum, { content }) => sum + content.sizeBytes, 0);
  const seconds = (performance.now() - began) / 1000;
  const [requests, cpuSeconds] = [requestsOf(clients) - requestsBefore, (await cpu()) - cpuBefore];
  return { times, errors, requests, bytes, seconds, cpuSeconds };
}

function requestsOf(clients: readonly Client[]): number {
  return clients.reduce((sum, { requests }) => sum + requests, 0);
}

/** `fetch` puts the reason into the cause. */
function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${String(error)}${cause}`;
}
