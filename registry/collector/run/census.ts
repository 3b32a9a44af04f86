import Type from 'typebox';
import { type Census, shrunk } from '../../../core/reach/census.ts';
import type { Doubt } from '../../../core/reach/doubt.ts';
import { closed, decode, encode, moment, repository, whole } from '../../records/codec.ts';
import type { TombstoneStore } from '../../records/tombstones.ts';
import type { RecordStore } from '../../storage/driver.ts';
import { layout } from '../../storage/layout.ts';
import type { PlanDocument } from '../marker/planDocument.ts';

/*
 * What the last complete mark counted, and what its run was about to remove at most: durable before the run removed anything, so that what a later mark
 * does not find any more is explained, also after a crash (G1).
 */
const counts = { tags: whole, revisions: whole, layers: whole, data: whole };
const schema = closed({
  at: moment,
  census: closed({ repositories: Type.Array(repository), ...counts }),
  going: closed(counts),
});
const limitBytes = 512 * 1024 * 1024;

/** `at`: when that mark began, storage time, ms. */
export async function writeCensus(
  store: RecordStore,
  at: number,
  census: Census,
  plan: PlanDocument | undefined,
  signal: AbortSignal,
): Promise<void> {
  const going = {
    // What is decided gets tombstones, which explain it later.
    tags: 0,
    revisions: plan?.collection.manifests ?? 0,
    layers: plan?.collection.layers ?? 0,
    data: plan?.collection.data ?? 0,
  };
  await store.write(layout.census, encode({ at, census, going }), signal);
}

/** Why this mark's listings cannot be whole, if they cannot. */
export async function doubtAboutCensus(
  { driver, tombstones }: { readonly driver: RecordStore; readonly tombstones: TombstoneStore },
  now: Census,
  signal: AbortSignal,
): Promise<Doubt | undefined> {
  const file = await driver.readSmall(layout.census, limitBytes, signal);
  if (file === undefined) return undefined;
  const { at, census, going } = decode(schema, layout.census, file.bytes);
  const since = (await tombstones.list(signal)).filter((tombstone) => tombstone.at >= at);
  return shrunk(census, now, {
    tags: going.tags + since.reduce((sum, { tags }) => sum + tags.length, 0),
    revisions: going.revisions + since.reduce((sum, { group }) => sum + Math.max(1, group.length), 0),
    // A client's DELETE of a blob removes a link and leaves nothing behind that would tell.
    layers: census.layers,
    data: going.data,
  });
}
