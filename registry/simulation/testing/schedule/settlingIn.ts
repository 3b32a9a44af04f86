import { repositories, tags } from '../client/catalogue.ts';
import { push } from '../client/pushing.ts';
import type { Session } from '../client/session.ts';
import type { Fleet } from './fleet.ts';
import { durations } from './setting.ts';

/** A storage with a past: tagged and untagged, some of it garbage, and all of it older than a promise. */
export async function settleIn(fleet: Fleet, session: Session): Promise<void> {
  const { chance, scheduler, catalogue } = session.world;
  await fleet.start('founder');
  for (const artifact of chance.shuffled(catalogue.artifacts).slice(0, 4)) {
    const tagged = chance.happens(0.7) ? [chance.pick(tags)] : [];
    await push(session, chance.pick(repositories), artifact, tagged);
  }
  for (const server of fleet.servers) await fleet.stop(server);
  if (chance.happens(0.8)) await scheduler.sleep(durations.promiseTTLMs * chance.between(1, 1.6));
}
