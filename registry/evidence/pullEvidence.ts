import type { RepositoryName } from '../../core/oci/reference.ts';
import { noPulls, type Pulls, type RepositoryPulls } from '../../core/reach/pulls.ts';
import type { Coverage } from '../records/pullFiles.ts';
import type { Timers } from '../window/ports.ts';
import { pause } from '../window/waiting.ts';
import { records, silentMs } from './coverage.ts';
import { horizonMs, hourMs, type MergePorts, mergePulls } from './merge.ts';
import { pullIdOf, type Reference, shardOf } from './pulled.ts';
import { numberOf } from './pullTable.ts';

/** Recorders say a word every quarter of a minute; whoever waits for one longer than this does without evidence. */
const patienceMs = 60_000;
const lookMs = 500;
/** Mergers drop what is older than the horizon by their own time, which is later than that of a mark. */
const horizonSlackMs = 24 * hourMs;
const attempts = 3;

export interface EvidencePorts extends MergePorts {
  readonly timers: Timers;
  readonly mono: () => number;
}

/**
 * What is known of pulls in these repositories up to `asOf` (storage time, ms), which has passed: waits until every recorder has told of all that it heard
 * until then. What cannot be told is not known, of a repository or of all (R1). Rejects where the storage does not answer.
 */
export async function readPulls(
  ports: EvidencePorts,
  repositories: Iterable<RepositoryName>,
  asOf: number,
  signal: AbortSignal,
): Promise<Pulls> {
  const shards = new Set(Iterator.from(repositories).map(shardOf));
  if (shards.size === 0) return noPulls;
  for (let attempt = 1; ; attempt += 1) {
    const coverage = await heardUntil(ports, asOf, signal);
    if (coverage === undefined) return noPulls;
    const tables = await readShards(ports, coverage, shards, signal);
    // A shard that is gone was replaced meanwhile, as a rule: the coverage that stands now names another.
    if ([...tables.values()].includes(undefined) && attempt < attempts) continue;
    const since = Math.max(coverage.since, asOf - horizonMs + horizonSlackMs);
    return (repository) => {
      const table = tables.get(shardOf(repository));
      return table && pullsOf(repository, table, since, asOf);
    };
  }
}

async function heardUntil(ports: EvidencePorts, asOf: number, signal: AbortSignal): Promise<Coverage | undefined> {
  const until = ports.mono() + patienceMs;
  for (;;) {
    const coverage = await mergePulls(ports, signal);
    if (coverage === undefined || asOf - coverage.through > silentMs) return undefined;
    if (coverage.recorders.filter(records).every((recorder) => recorder.heardUntil >= asOf)) return coverage;
    if (ports.mono() >= until) return undefined;
    await pause(ports.timers, lookMs, signal);
  }
}

async function readShards(
  { pulls }: MergePorts,
  { shards: names }: Coverage,
  shards: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Buffer | undefined>> {
  const tables = new Map<string, Buffer | undefined>();
  for (const shard of shards) {
    const name = names[shard];
    tables.set(shard, name === undefined ? Buffer.alloc(0) : await pulls.readShard(name, signal));
  }
  return tables;
}

function pullsOf(repository: RepositoryName, table: Buffer, since: number, asOf: number): RepositoryPulls {
  const last = (reference: Reference): number | undefined => {
    const hours = numberOf(table, pullIdOf(repository, reference));
    return hours === undefined ? undefined : Math.min(hours * hourMs, asOf); // rounded up, and no pull is from the future
  };
  return { since, tag: (tag) => last(`:${tag}`), manifest: (digest) => last(`@${digest}`) };
}
