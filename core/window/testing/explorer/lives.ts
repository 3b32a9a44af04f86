import { isWindow } from '../../gate.ts';
import type { LifeId, RunId } from '../../identity.ts';
import { hasAnswered, type MemberView } from '../../member.ts';
import type { RunEffect } from '../../run/state.ts';
import { withdrawOrphans } from './batch.ts';
import { drop, obeys, withStorage } from './change.ts';
import { must } from './names.ts';
import { noting, progressing, report, type Turn } from './turn.ts';
import type { Running } from './running.ts';
import type { World } from './world.ts';

/** What an executor does to other lives: fences them, tidies up after them, hears them. */

export function fence(turn: Turn, { lives, waitMs }: Extract<RunEffect, { readonly do: 'fence' }>): World {
  const { world, at, running, tell } = turn;
  if (running.state.at === 'mending' && !obeys(world, 'fencesFinishedFirst'))
    return report(noting(turn, { leftOut: lives }), { on: 'fenced' });
  const { progress } = running;
  const isByStorage = world.setting.storage === 'objects';
  const now = isByStorage ? world.now : world.now - must(world.executors[at]).lag;
  if (progress.on === 'waiting') {
    const isOver = now - progress.since >= waitMs || !obeys(world, 'fenceWaits');
    return isOver ? report(turn, { on: 'fenced' }) : world;
  }
  const parts = obeys(world, 'fence') ? (['stage', 'record'] as const) : (['record'] as const);
  const left = progress.on === 'lives' ? progress.left : lives.flatMap((life) => parts.map((what) => ({ life, what })));
  const [next, ...rest] = left;
  if (next === undefined) return progressing(turn, { on: 'waiting', since: now });
  const { stages, members } = world.storage;
  if (next.what === 'record') tell({ on: 'fenced' });
  const gone = next.what === 'stage' ? { stages: without(stages, next.life) } : { members: drop(members, next.life) };
  return progressing({ ...turn, world: withStorage(world, gone) }, { on: 'lives', left: rest });
}

export function without(lives: ReadonlySet<LifeId>, life: LifeId): ReadonlySet<LifeId> {
  const rest = new Set(lives);
  rest.delete(life);
  return rest;
}

/** What it found when it listed is removed later, one by one: it may sleep in between. */
export function tidy(turn: Turn, effect: Extract<RunEffect, { readonly do: 'tidy' }>): World {
  const { world, running } = turn;
  const { stages, members } = world.storage;
  const { progress } = running;
  if (progress.on !== 'lives') {
    const left = [...members.values()].filter(({ record }) => {
      const word = record.acknowledged;
      const isEarlier = obeys(world, 'tidyByEpoch')
        ? (word?.epoch ?? 0) < effect.epoch
        : (word?.run ?? '') < running.settings.run;
      return record.left && isEarlier;
    });
    const bare = [...stages].filter((life) => !members.has(life) && obeys(world, 'fence'));
    const records = left.flatMap(({ record: { life } }) => [
      { life, what: 'record' } as const,
      { life, what: 'stage' } as const,
    ]);
    return progressing(turn, {
      on: 'lives',
      left: [...records, ...bare.map((life) => ({ life, what: 'stage' }) as const)],
    });
  }
  const [next, ...rest] = progress.left;
  if (next === undefined) return report({ ...turn, world: withdrawOrphans(dropOldDoors(world)) }, { on: 'tidied' });
  const gone = next.what === 'stage' ? { stages: without(stages, next.life) } : { members: drop(members, next.life) };
  return progressing({ ...turn, world: withStorage(world, gone) }, { on: 'lives', left: rest });
}

/** The gate is in MARKING, so no window stands; a door made for one that never came would keep its requests claimed. */
function dropOldDoors(world: World): World {
  const { gate, doors } = world.storage;
  if (isWindow(gate)) return world;
  const kept = [...doors].filter(([, contents]) => contents.length > 0);
  return withStorage(world, { doors: new Map(kept) });
}

export function readMembers(turn: Turn, { run, read }: Extract<RunEffect, { readonly do: 'readMembers' }>): World {
  const { world, running } = turn;
  const { members, segments } = world.storage;
  const { progress, notebook } = running;
  if (progress.on !== 'members')
    return progressing(turn, {
      on: 'members',
      listedAt: world.now,
      left: new Set([...members.keys()].filter((life) => !notebook.leftOut.includes(life))),
      record: undefined,
      views: [],
    });
  const lives = [...progress.left];
  const life = lives[turn.chance % lives.length];
  if (life === undefined) {
    const views = progress.views.map((view) => disturbed(world, running, view, run));
    const touched = views.reduce((all, view) => all.with(view.touched), notebook.touched);
    return report(noting(turn, { touched }), { on: 'members', members: views, storageNow: progress.listedAt });
  }
  if (progress.record === undefined) {
    const left = without(progress.left, life);
    const record = members.get(life); // gone since it was listed: fenced, or tidied away
    return progressing(turn, record === undefined ? { ...progress, left } : { ...progress, record });
  }
  const { record, modifiedAt } = progress.record; // its segments come after it
  const upTo = record.acknowledged?.run === run ? record.acknowledged.segments : 0;
  const touched = (segments.get(`${record.life}/${run}`) ?? []).slice(read.get(record.life) ?? 0, upTo).flat();
  const left = without(progress.left, record.life);
  const views = [...progress.views, { record, modifiedAt, touched }];
  return progressing(turn, { ...progress, left, record: undefined, views });
}

/** What the machine is told where a rule about hearing is off. */
function disturbed(world: World, { state }: Running, view: MemberView, run: RunId): MemberView {
  if (!obeys(world, 'journal')) return { ...view, touched: [] };
  if (!obeys(world, 'journalOfWindows') && state.at === 'hearingWindow') return { ...view, touched: [] };
  if (!('gate' in state) || hasAnswered(view, run, state.gate.epoch)) return view;
  const word = view.record.acknowledged;
  const isOfRun = word?.run === run;
  const passes =
    (!obeys(world, 'acksOfThisEpoch') && isOfRun) || (!obeys(world, 'handshake') && state.at === 'hearingMark');
  if (!passes) return view;
  const { epoch, phase } = state.gate;
  const counted = word !== undefined && isOfRun ? word : { touchedUpTo: 0, segments: 0, overflow: false };
  return { ...view, record: { ...view.record, acknowledged: { ...counted, run, epoch, phase } } };
}
