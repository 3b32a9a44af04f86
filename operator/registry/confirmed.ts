import type { Resource, ResourceHome } from '../resources/home.ts';
import { confirm } from '../resources/shelvedHome.ts';
import { type Standing, standingOf } from './standing.ts';

/**
 * The Registry as it stands now, right before something is ordered of it. Its gate and replicas change all the time; rejects with `Conflict` where its spec
 * is another than the one that was observed, or it allows something else by now than `was` decided on, if only because its time is over. `now`: ms since
 * 1970.
 */
export async function confirmRegistry(
  home: Pick<ResourceHome, 'live'>,
  observed: Resource<'Registry'>,
  was: Standing['is'],
  now: number,
  signal: AbortSignal,
): Promise<Resource<'Registry'>> {
  return confirm(home, observed, signal, (found) => {
    const isSameSpec = found.metadata.generation === observed.metadata.generation;
    return isSameSpec && standingOf(found, now).is === was;
  });
}
