import { readFile } from 'node:fs/promises';
import { Fleet } from '../load/fleet.ts';
import { Content } from './content.ts';
import { type LargeImage, pull, push } from './transfers.ts';

export interface Load {
  readonly count: number;
  readonly megabytes: number;
}

export interface ThroughputSettings {
  readonly loads: readonly Load[];
  /** So many transfers are on at any moment, as long as there are as many left. */
  readonly atOnce: number;
  /** For the storage, configurations and logs. */
  readonly folder: string;
}

/** All pushes, or all pulls. */
export interface Transfers {
  /** What each took, in seconds, by the size of its image in bytes. */
  readonly bySize: ReadonlyMap<number, readonly number[]>;
  readonly errors: readonly string[];
  readonly bytes: number;
  /** From the first to the last. */
  readonly seconds: number;
}

export interface ThroughputResult {
  readonly pushes: Transfers;
  readonly pulls: Transfers;
  /** Transfers that did not go as they should, and what replicas say went wrong. */
  readonly errors: readonly string[];
  /** The most memory that each replica held. */
  readonly peakBytes: readonly number[];
}

/** Two replicas on one directory. What was pushed through one is pulled through the other. */
export async function measureThroughput(settings: ThroughputSettings, signal: AbortSignal): Promise<ThroughputResult> {
  const { loads, atOnce, folder } = settings;
  const images = imagesOf(loads);
  const fleet = await Fleet.start(2, { folder, coppice: {} }, signal);
  try {
    const bases = fleet.replicas.map(({ api }) => api);
    const pushes = await transferAll(images, atOnce, async (image, at) => push(bases[at % 2] ?? '', image, signal));
    const pulls = await transferAll(images, atOnce, async (image, at) =>
      pull(bases[(at + 1) % 2] ?? '', image, signal),
    );
    const peakBytes = await Promise.all(fleet.replicas.map(async ({ pid }) => peakOf(pid)));
    return { pushes, pulls, errors: [...pushes.errors, ...pulls.errors, ...(await fleet.faults())], peakBytes };
  } finally {
    await fleet.end();
  }
}

/** Sizes take turns, so that small ones are on their way beside large ones. */
function imagesOf(loads: readonly Load[]): readonly LargeImage[] {
  const all = loads.flatMap(({ count, megabytes }) =>
    Array.from({ length: count }, (_one, at) => ({ megabytes, at, turn: (at + 0.5) / count })),
  );
  const inTurn = all.toSorted((one, other) => one.turn - other.turn);
  return inTurn.map(({ megabytes, at }, turn) => ({
    repository: `load/of-${megabytes}-mb`,
    content: new Content(`${megabytes}-${at}`, megabytes * 1_000_000),
    inPatch: turn % 2 === 0,
  }));
}

async function transferAll(
  images: readonly LargeImage[],
  atOnce: number,
  transfer: (image: LargeImage, at: number) => Promise<void>,
): Promise<Transfers> {
  const bySize = new Map<number, number[]>();
  const errors: string[] = [];
  const began = performance.now();
  const pending = images.entries();
  const worker = async (): Promise<void> => {
    for (const [at, image] of pending) {
      const { sizeBytes } = image.content;
      const start = performance.now();
      try {
        await transfer(image, at);
      } catch (error) {
        errors.push(`${image.content.name}: ${String(error)}`);
      }
      bySize.set(sizeBytes, [...(bySize.get(sizeBytes) ?? []), (performance.now() - start) / 1000]);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const bytes = images.reduce((sum, { content }) => sum + content.sizeBytes, 0);
  return { bySize, errors, bytes, seconds: (performance.now() - began) / 1000 };
}

/** As Linux counts it. */
async function peakOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid ?? 0}/status`, 'utf8');
  const peak = /^VmHWM:\s+([0-9]+) kB$/m.exec(status)?.[1];
  if (peak === undefined) throw new Error(`no peak in ${status}`);
  return Number(peak) * 1024;
}
