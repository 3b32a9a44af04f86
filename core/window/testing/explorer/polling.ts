import { isWindow, openUp } from '../../gate.ts';
import { type GateReading, type Serving, takeReading } from '../../life.ts';
import { drop, obeys, withReplica } from './change.ts';
import { must, nameOf } from './names.ts';
import { endLife } from './passing.ts';
import { isStaged } from './refusal.ts';
import type { Look, Replica, Tell, World } from './world.ts';

/** Reading the gate: asked, read and taken in steps, between which anything may happen. */

export function poll(world: World, at: number, tell: Tell): World {
  const replica = must(world.replicas[at]);
  const { asking, lag } = replica;
  if (asking === undefined) {
    const asked = { at: world.now - lag };
    return withReplica(world, at, {
      asking: world.setting.slowAsking ? asked : { ...asked, read: look(world, replica) },
    });
  }
  if (asking.read === undefined) return withReplica(world, at, { asking: { ...asking, read: look(world, replica) } });
  const { date, ...found } = asking.read;
  const life = must(replica.life);
  const reading = timed(world, life, asking.at, world.now - lag, found);
  const { state, effects } = takeReading(life, masked(world, life, reading));
  let { cache } = replica;
  for (const effect of effects) {
    if (effect.do === 'dropCached' && obeys(world, 'cacheDrops'))
      for (const name of [...effect.tokens].map(nameOf))
        for (const kind of ['data', 'layer', 'revision']) cache = drop(cache, `${kind}:${name}`);
  }
  if (state.at === 'ended') return endLife(world, at, tell);
  const { permitTTLMs } = world.setting.durations;
  const signedUntil = obeys(world, 'permit') ? date + permitTTLMs : forEver;
  return withReplica(world, at, { life: state, cache, asking: undefined, signedUntil });
}

const forEver = 1_000_000_000;

/** Rights count from before the question, obligations from after the answer (W3); a lapse in between ends the life (W7). */
function timed(
  world: World,
  { permit }: Serving,
  asked: number,
  answered: number,
  found: Omit<GateReading, 'askedAt' | 'answeredAt'>,
): GateReading {
  const askedAt = obeys(world, 'permit') ? asked : forEver;
  let answeredAt = obeys(world, 'obligationsFromAfter') ? answered : asked;
  if (permit !== undefined && !obeys(world, 'unbrokenPermit')) answeredAt = Math.min(answeredAt, permit.until - 1);
  return { ...found, askedAt, answeredAt };
}

function look(world: World, { life, coming }: Replica): Look {
  const { gate, held, members } = world.storage;
  const mine = must(life).life;
  const isUnchecked = !obeys(world, 'recordChecked');
  return {
    gate,
    held: new Set(isWindow(gate) && obeys(world, 'holds') ? must(held.get(gate.held.name)) : []),
    recordStands: isUnchecked || members.has(mine) || coming !== undefined,
    stageStands: isUnchecked || isStaged(world, mine),
    date: world.now,
  };
}

/** Without relearning, a new life takes whatever it finds for an open registry. */
function masked(world: World, life: Serving, reading: GateReading): GateReading {
  const { gate } = reading;
  if (obeys(world, 'phaseRelearned') || life.seen !== undefined || gate === undefined || !isWindow(gate))
    return reading;
  return { ...reading, gate: { ...openUp(gate), epoch: gate.epoch } };
}
