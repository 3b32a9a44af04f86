import { type Gate, isWindow, openUp } from '../../gate.ts';
import {
  acknowledged,
  beginLife,
  dueAcknowledgement,
  type GateReading,
  lastWord,
  leave,
  type LifeState,
  type Serving,
  takeReading,
  windowLapsed,
} from '../../life.ts';
import type { MemberRecord } from '../../member.ts';
import { drop, obeys, put, withReplica, withStorage } from './change.ts';
import { casGate, closeDoor } from './door.ts';
import { lifeNamed, must, nameOf, storageName } from './names.ts';
import { land, respond } from './operation.ts';
import type { Answering, LateWrite, Replica, Tell, World } from './world.ts';

/** A replica's own steps, around the life machine: register, read the gate, acknowledge, leave, end a lapsed window. */

export function newReplica(instance: string): Replica {
  return {
    phase: 'down',
    instance,
    generation: 0,
    lag: 0,
    life: undefined,
    coming: undefined,
    asking: undefined,
    answering: undefined,
    ending: undefined,
    operations: [],
    late: [],
    cache: new Map(),
  };
}

/** Stage first, then the record, and only then a first look at the gate (W4). */
export function start(world: World, at: number): World {
  const replica = must(world.replicas[at]);
  const { storage } = world;
  switch (replica.phase) {
    case 'down': {
      const serial = world.serial + 1;
      const process = { ...newReplica(`process${serial}`), lag: replica.lag, phase: 'staging' } as const;
      return withReplica({ ...world, serial }, at, process);
    }
    case 'staging': {
      const serial = world.serial + 1;
      const coming = lifeNamed(serial);
      const staged = withStorage({ ...world, serial }, { stages: new Set(storage.stages).add(coming) });
      if (obeys(world, 'registersFirst')) return withReplica(staged, at, { coming, phase: 'registering' });
      return withReplica(staged, at, { coming, life: beginLife(coming, storageName), phase: 'up' });
    }
    case 'registering': {
      const life = beginLife(must(replica.coming), storageName);
      return withReplica(register(world, at), at, { coming: undefined, life, phase: 'up' });
    }
    case 'up':
      return withReplica(register(world, at), at, { coming: undefined });
  }
}

function register(world: World, at: number): World {
  const { coming, instance, generation } = must(world.replicas[at]);
  const life = must(coming);
  const record: MemberRecord = {
    life,
    storage: storageName,
    instance,
    generation,
    version: 'explored',
    protocol: 1,
    startedAt: '',
    left: false,
  };
  return withStorage(world, { members: put(world.storage.members, life, { record, modifiedAt: world.now }) });
}

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
  const reading = { ...asking.read, askedAt: asking.at, answeredAt: world.now - lag };
  const { state, effects } = takeReading(must(replica.life), masked(world, must(replica.life), reading));
  let { cache } = replica;
  for (const effect of effects) {
    if (effect.do === 'dropCached' && obeys(world, 'cacheAgesAndDrops'))
      for (const token of effect.tokens) cache = drop(cache, nameOf(token));
  }
  if (state.at === 'ended') return endLife(world, at, tell);
  return withReplica(world, at, { life: state, cache, asking: undefined });
}

function look(world: World, { life, coming }: Replica): Omit<GateReading, 'askedAt' | 'answeredAt'> {
  const { gate, held, members, stages } = world.storage;
  const mine = must(life).life;
  return {
    gate,
    held: new Set(isWindow(gate) ? must(held.get(gate.held.name)) : []),
    recordStands: members.has(mine) || coming !== undefined,
    stageStands: stages.has(mine),
  };
}

/** Without relearning, a new life takes whatever it finds for an open registry. */
function masked(world: World, life: Serving, reading: GateReading): GateReading {
  const { gate } = reading;
  if (obeys(world, 'phaseRelearned') || life.seen !== undefined || gate === undefined || !isWindow(gate))
    return reading;
  return { ...reading, gate: { ...openUp(gate), epoch: gate.epoch } };
}

/** Whether there is something to acknowledge, or a last word to say. */
export function hasToAnswer(world: World, replica: Replica): boolean {
  return replica.life !== undefined && (replica.answering !== undefined || due(world, replica.life) !== undefined);
}

function due(world: World, life: Serving): Answering | undefined {
  const counted: LifeState = obeys(world, 'drainBeforeAck') ? life : { ...life, inFlight: new Map() };
  const ack = dueAcknowledgement(counted);
  if (ack !== undefined) return { ack, leaving: false, segmentWritten: false };
  const last = lastWord(life);
  if (last === undefined) return undefined;
  return { ack: 'nothingSeen' in last ? undefined : last, leaving: true, segmentWritten: false };
}

/** The journal's new entries first, then the record that counts them. */
export function answerGate(world: World, at: number, tell: Tell): World {
  const { life, answering } = must(world.replicas[at]);
  const mine = must(life);
  const { ack, leaving, segmentWritten } = answering ?? must(due(world, mine));
  if (!segmentWritten && ack !== undefined && ack.entries.length > 0) {
    const key = `${mine.life}/${ack.run}`;
    const written = world.storage.segments.get(key) ?? [];
    const segments = put(world.storage.segments, key, [...written.slice(0, ack.segment), ack.entries]);
    return withReplica(withStorage(world, { segments }), at, { answering: { ack, leaving, segmentWritten: true } });
  }
  const { members, stages } = world.storage;
  const member = members.get(mine.life);
  if (member === undefined || !stages.has(mine.life)) return leaving ? stop(world, at, tell) : endLife(world, at, tell);
  const said: Partial<MemberRecord> =
    ack === undefined
      ? {}
      : {
          acknowledged: {
            epoch: ack.epoch,
            run: ack.run,
            phase: ack.phase,
            touchedUpTo: ack.touchedUpTo,
            segments: ack.segment + (ack.entries.length > 0 ? 1 : 0),
            overflow: ack.overflow,
          },
        };
  const record = { ...member.record, ...said, left: leaving };
  const recorded = withStorage(world, { members: put(members, mine.life, { record, modifiedAt: world.now }) });
  if (leaving) {
    tell({ on: 'left' });
    const stays = obeys(world, 'leavingKeepsRecord');
    return stop(stays ? recorded : withStorage(world, { members: drop(members, mine.life) }), at, tell);
  }
  const state = acknowledged(mine, must(ack));
  return state.at === 'serving' ? withReplica(recorded, at, { life: state, answering: undefined }) : recorded;
}

export function leaveInOrder(world: World, at: number): World {
  const state = leave(must(must(world.replicas[at]).life));
  return state.at === 'serving' ? withReplica(world, at, { life: state }) : world;
}

/** Whether this replica may try to end the window it sees, or is at it. */
export function mayEndWindow(world: World, { life, ending, lag }: Replica): boolean {
  if (!obeys(world, 'lapse')) return false;
  return ending !== undefined || (life !== undefined && windowLapsed(life, world.now - lag));
}

export function endWindow(world: World, at: number, tell: Tell): World {
  const { life, ending } = must(world.replicas[at]);
  const gate: Gate = ending ?? must(must(life).seen).gate;
  if (!isWindow(gate)) throw new Error('only a window lapses');
  const closing = closeDoor(world, gate.window);
  if (closing !== undefined) return withReplica(closing, at, { ending: gate });
  const { world: next, won } = casGate(world, openUp(gate), tell);
  if (won) tell({ on: 'lapsedWindowEnded' });
  return withReplica(next, at, { ending: undefined });
}

/** The life ends and the process goes on: what it had on the way to the storage may still arrive there. */
function endLife(world: World, at: number, tell: Tell): World {
  const { life, operations, late, generation } = must(world.replicas[at]);
  tell({ on: 'lifeEnded' });
  const sent = operations.flatMap(({ id, steps: [step] }): LateWrite[] =>
    step?.do === 'land' ? [{ life: must(life).life, operation: id, path: step.path, digest: step.digest }] : [],
  );
  const ended = withReplica(world, at, {
    phase: 'staging',
    generation: generation + 1,
    life: undefined,
    coming: undefined,
    asking: undefined,
    answering: undefined,
    ending: undefined,
    operations: [],
    late: [...late, ...sent],
    cache: new Map(),
  });
  return operations.reduce((next, each) => respond(next, each, each.kind === 'request' ? 0 : 503, tell), ended);
}

/** The process is no more, killed or gone in order. */
export function stop(world: World, at: number, tell: Tell): World {
  const { operations, lag } = must(world.replicas[at]);
  const stopped = withReplica(world, at, { ...newReplica(''), lag });
  return operations.reduce((next, each) => respond(next, each, 0, tell), stopped);
}

export function landLate(world: World, at: number, index: number, tell: Tell): World {
  const { late } = must(world.replicas[at]);
  const rest = withReplica(world, at, { late: late.toSpliced(index, 1) });
  return land(rest, must(late[index]), tell) ?? rest;
}
