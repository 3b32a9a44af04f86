import type { Machine } from '../kernel/process.ts';
import type { Ambush } from './ambush.ts';
import type { Fleet } from './fleet.ts';
import type { Setting } from './setting.ts';

/** What goes wrong in a schedule, spread over its time. Resolves when the last of it is over. */
export async function causeFaults(
  { scheduler, chance, history }: Machine,
  fleet: Fleet,
  ambush: Ambush,
  setting: Setting,
): Promise<void> {
  const moments = Array.from({ length: setting.faults }, () => chance.between(0, setting.activeMs)).toSorted(
    (left, right) => left - right,
  );
  const starting: Promise<void>[] = [];
  const startLater = (name?: string): void => {
    starting.push(scheduler.sleep(chance.around(300)).then(() => fleet.start(name)));
  };
  let at = 0;
  for (const moment of moments) {
    await scheduler.sleep(moment - at);
    at = moment;
    const fault = chance.weighed({
      ambush: 4,
      pause: 3,
      kill: 4,
      cut: setting.powerCuts ? 4 : 0,
      stop: 1,
      join: 1,
      ...setting.faultKinds,
    });
    history.count(`faults: ${fault}`);
    switch (fault) {
      case 'ambush':
        ambush.lay();
        break;
      case 'pause':
        fleet.pauseOne();
        break;
      case 'kill': {
        const killed = fleet.killOne();
        if (killed !== undefined && fleet.isServer(killed)) startLater(chance.happens(0.5) ? killed.name : undefined);
        break;
      }
      case 'cut':
        fleet.cutPower();
        for (let n = 0; n < setting.replicas; n += 1) startLater();
        break;
      case 'stop': {
        const [server] = chance.shuffled(fleet.servers);
        if (server === undefined) break;
        startLater();
        starting.push(fleet.stop(server));
        break;
      }
      case 'join':
        startLater();
    }
  }
  await Promise.all(starting);
  ambush.lift();
}
