import { type Gate, isWindow, openUp } from '../../gate.ts';
import {
  type Acknowledgement,
  acknowledged,
  beginLife,
  dueAcknowledgement,
  lastWord,
  leave,
  type LifeState,
  type Serving,
  windowLapsed,
} from '../../life.ts';
import type { MemberRecord } from '../../member.ts';
import { drop, obeys, put, withReplica, withStorage } from './change.ts';
import { casGate, closeDoor, hasExpired } from './door.ts';
import { lifeNamed, must, storageName } from './names.ts';
import { endLife, newReplica, stop } from './passing.ts';
import { isStaged } from './refusal.ts';
import type { Answering, Replica, Tell, World } from './world.ts';

/** A replica's own steps, around the life machine: register, read the gate, acknowledge, leave, end a lapsed window. */

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
      const needsStage = world.setting.storage === 'filesystem';
      const stages = needsStage ? new Set(storage.stages).add(coming) : storage.stages;
      const staged = withStorage({ ...world, serial }, { stages });
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
  const { members } = world.storage;
  const member = members.get(mine.life);
  if (member === undefined || !isStaged(world, mine.life)) {
    if (!leaving && !obeys(world, 'recordChecked')) return unrecorded(world, at, mine, must(ack));
    return leaving ? stop(world, at, tell) : endLife(world, at, tell);
  }
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

/** A life that does not ask whether it is still registered goes on. */
function unrecorded(world: World, at: number, life: Serving, ack: Acknowledgement): World {
  const state = acknowledged(life, ack);
  return state.at === 'serving' ? withReplica(world, at, { life: state, answering: undefined }) : world;
}

export function leaveInOrder(world: World, at: number): World {
  const state = leave(must(must(world.replicas[at]).life));
  return state.at === 'serving' ? withReplica(world, at, { life: state }) : world;
}

/** Whether this replica may try to end the window it sees, or is at it. */
export function mayEndWindow(world: World, { life, ending, lag }: Replica): boolean {
  if (!obeys(world, 'lapse')) return false;
  if (ending !== undefined) return true;
  if (life?.seen === undefined || !windowLapsed(life, world.now - lag)) return false;
  return hasExpired(world, life.seen.gate) && (obeys(world, 'emptyWindowsLapse') || life.held.size > 0);
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
