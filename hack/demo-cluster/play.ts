import { openWay } from '../cluster/node/way.ts';
import { quick, type Release } from '../helm/release.ts';
import { Acts, undoMs } from './acts.ts';
import { Load } from './load.ts';
import type { Stage } from './stage.ts';
import type { Telling } from './telling.ts';

const durations = { ...quick, undoPeriod: `${undoMs / 1000}s`, trashTTL: '0s' };

/**
 * From an empty cluster to a release, pushes, deletions and a rolling update. How much of what was acknowledged is lost; rejects where a step does not come
 * to its end.
 */
export async function play(stage: Stage, telling: Telling, signal: AbortSignal): Promise<number> {
  const { release, storage, node, folder } = stage;
  await release.furnish(storage, signal);
  await release.install(durations, signal);
  telling.tell('helm install --wait: two replicas on one volume, two operators of which one is elected');
  telling.show(await release.kubectl(['get', 'pods'], signal));
  const address = await release.kubectl(['get', 'service', 'r-coppice', '-o', 'jsonpath={.spec.clusterIP}'], signal);
  const way = await openWay({ node, address, port: 5000, folder }, signal);
  try {
    return await underLoad(release, new Load(`http://127.0.0.1:${way.port}`, signal), telling, signal);
  } finally {
    await way.close();
  }
}

/** Uninstalls the release, and shows what stays. */
export async function leave({ release, storage }: Stage, telling: Telling, signal: AbortSignal): Promise<void> {
  await new Acts(release, telling, signal).leave(storage);
}

async function underLoad(release: Release, load: Load, telling: Telling, signal: AbortSignal): Promise<number> {
  const acts = new Acts(release, telling, signal);
  try {
    await acts.push(load);
    await acts.connect();
    await acts.retain(load);
    await acts.delete(load);
    await acts.collect(load);
  } finally {
    await load.stop();
  }
  telling.tell('the clients stop; what came of their pushes:');
  telling.show(load.tally.lines.join('\n'));
  const { images, losses } = await load.ledger.verify(load.client, signal);
  telling.tell(`${images} images pulled through the Service and hashed, ${losses.length} lost`);
  for (const { image, why } of losses.slice(0, 5)) telling.show(`lost ${image}: ${why}`);
  await acts.audit();
  return losses.length;
}
