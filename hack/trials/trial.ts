import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '../../core/oci/digest.ts';
import { coppice } from '../load/command.ts';
import type { Door } from '../peers/door.ts';
import { heldDurations } from '../peers/heldTags.ts';
import { runnableImage } from '../peers/runnable.ts';
import { type House, openHouse, type Variant } from '../peers/variants.ts';
import type { ToolName } from '../tools/catalogue.ts';
import { type HeldPush, type Hold, holdPushes, holds } from './hold.ts';
import { mountsBelow } from './mounts.ts';
import { type Row, type Seen, seen } from './row.ts';
import { Witness } from './witness.ts';

/** What a client finds. */
export interface Stage {
  readonly door: Door;
  /** A directory for it alone. */
  readonly home: string;
  /** Two images of two platforms behind the door, `repository:tag`, and the digest of the first. */
  readonly sources: { readonly before: string; readonly while: string };
  readonly digest: Digest;
  readonly witness: Witness;
  readonly signal: AbortSignal;
}

/** One thing that people do with a client: resolves with what was seen, rejects where anything is not as it should be. */
export interface Step {
  readonly name: string;
  readonly take: () => Promise<string>;
}

export interface Guest {
  /** In this order; also those after one that failed. */
  readonly steps: readonly Step[];
  readonly pushes: readonly HeldPush[];
  /** After a collection that removed what nothing needs. */
  readonly afterwards: readonly Step[];
  /** Ends what the client needs running. */
  readonly end: () => Promise<unknown>;
}

export interface Client {
  readonly name: string;
  readonly tools: readonly ToolName[];
  /** Logs in where the door needs that. */
  readonly begin: (stage: Stage) => Promise<Guest>;
}

/** A client through one door: what people do with it, then what it pushes while a window holds that. Rejects where the trial itself breaks off. */
export async function* trial(client: Client, variant: Variant, signal: AbortSignal): AsyncGenerator<Row> {
  for (const [number, hold] of (Object.keys(holds) as Hold[]).entries()) {
    const folder = await mkdtemp(join(tmpdir(), 'coppice-trial-'));
    try {
      for await (const row of underOneRoof(client, variant, { hold, isFirst: number === 0 }, folder, signal))
        yield { client: client.name, variant, ...row };
    } finally {
      await clear(folder);
    }
  }
}

async function* underOneRoof(
  client: Client,
  variant: Variant,
  { hold, isFirst }: { readonly hold: Hold; readonly isFirst: boolean },
  folder: string,
  signal: AbortSignal,
): AsyncGenerator<Seen> {
  const house = await openHouse(variant, folder, signal, { ...heldDurations, ...holds[hold] });
  try {
    const guest = await client.begin(await setStage(house, join(folder, client.name), signal));
    try {
      if (isFirst) for (const { name, take } of guest.steps) yield await seen(name, take, signal);
      yield* holdPushes(guest.pushes, hold, house, folder, signal);
      if (isFirst) for (const { name, take } of guest.afterwards) yield await seen(name, take, signal);
    } finally {
      await guest.end();
    }
    yield await seen('coppice audit', async () => audited(house, signal), signal);
  } finally {
    await house.end();
  }
}

async function setStage(house: House, home: string, signal: AbortSignal): Promise<Stage> {
  const witness = new Witness(house.open, signal);
  const sources = { before: 'source/app:1.0.0', while: 'source/app:2.0.0' };
  const digest = await witness.push(sources.before, await runnableImage('before'));
  await witness.push(sources.while, await runnableImage('while'));
  await mkdir(home);
  return { door: house.door, home, sources, digest, witness, signal };
}

/** What is mounted below a folder is not ours to remove. */
async function clear(folder: string): Promise<void> {
  const mounts = await mountsBelow(folder);
  if (mounts.length > 0) throw new Error(`the client left mounts: ${mounts.join(', ')}`);
  await rm(folder, { recursive: true });
}

async function audited({ replica }: House, signal: AbortSignal): Promise<string> {
  const { exitCode, stdout, stderr } = await coppice(['audit', '--config', replica.config], signal);
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stdout}${stderr}`);
  return 'nothing is missing';
}
