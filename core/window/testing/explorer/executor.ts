import { closeWindow, type Gate, isWindow } from '../../gate.ts';
import { TokenLog } from '../../journal.ts';
import { startRun } from '../../run/machine.ts';
import type { Batch, RunEffect, RunSettings } from '../../run/state.ts';
import {
  buried,
  claim,
  heldNames,
  listTags,
  lookAhead,
  narrow,
  pick,
  referenceTo,
  referrersAhead,
  waitingRequests,
  writeHeld,
} from './batch.ts';
import { obeys, put, withExecutor, withStorage } from './change.ts';
import { casGate, closeDoor, hasExpired } from './door.ts';
import { fence, readMembers, tidy } from './lives.ts';
import { beginMark, planFrom, readOn, sparedBy, suspectedBy } from './marking.ts';
import { markDone, removalAttempt, removalOf, stepRemoval } from './removing.ts';
import type { Item, Notebook, Running } from './running.ts';
import { must, runNamed, tokenOf, windowNamed } from './names.ts';
import { nothingDone, noting, progressing, report, type Turn } from './turn.ts';
import type { Tell, World } from './world.ts';

/** The executor's shell around the run machine: performs each effect in atomic steps, and hands the outcome back as the next event. */

const blank: Notebook = {
  mark: undefined,
  plan: [],
  batch: [],
  removing: [],
  gone: [],
  carriedOut: [],
  usedUp: 0,
  reached: [],
  touched: TokenLog.empty,
  isHeard: false,
  leftOut: [],
};

/** `behind`: how far this process's idea of the time is behind, when it names its run. */
export function beginRun(world: World, at: number, marks: boolean, overMarking: boolean, behind: number): World {
  const serial = world.serial + 1;
  const settings: RunSettings = {
    run: runNamed(Math.max(0, serial - behind), serial),
    executor: { name: `executor${at}` },
    marks,
    overMarking,
    attemptMs: world.setting.attemptMs,
  };
  const { state, effect } = startRun();
  const running: Running = { settings, state, effect: must(effect), progress: nothingDone, notebook: blank };
  const { runsLeft } = must(world.executors[at]);
  return withExecutor({ ...world, serial }, at, { running, runsLeft: runsLeft - 1 });
}

/** `chance`: whichever of several records is read next; with `misreads`, the entry that a listing omits. */
export function stepExecutor(world: World, at: number, chance: number, misreads: boolean, tell: Tell): World {
  const executor = must(world.executors[at]);
  const running = must(executor.running);
  return perform({ world, at, running, tell, chance, misreads }, running.effect);
}

function perform(turn: Turn, effect: RunEffect): World {
  const { world } = turn;
  switch (effect.do) {
    case 'readGate':
      return report(turn, { on: 'gate', gate: takenOver(world) });
    case 'wait':
      return report(turn, { on: 'waited' });
    case 'casGate': {
      const { world: next, won } = casGate(world, effect.to, turn.tell);
      return report({ ...turn, world: next }, { on: 'cas', won });
    }
    case 'closeDoor': {
      // Our own window has nothing of ours on its way; another's may.
      const { state } = turn.running;
      if (state.at === 'clearing' && !hasExpired(world, state.gate)) return world;
      const closing = closeDoor(world, effect.window);
      return closing ?? report(turn, { on: 'doorClosed' });
    }
    case 'fence':
      return fence(turn, effect);
    case 'tidy':
      return tidy(turn, effect);
    case 'readMembers':
      return readMembers(turn, effect);
    case 'mark':
      return mark(turn);
    case 'plan': {
      return plan(turn);
    }
    case 'chooseBatch':
      return chooseBatch(turn, effect.requestsOnly);
    case 'spare':
      return spare(turn, effect);
    case 'removeNext':
      return removeNext(turn);
    case 'settle':
      return settle(turn, effect);
  }
}

function mark(turn: Turn): World {
  const { world } = turn;
  const reading = turn.running.notebook.mark ?? beginMark(world);
  if (reading.next === 'complete') return report(turn, { on: 'marked' });
  if (waitingRequests(world).length > 0) return report(noting(turn, { mark: reading }), { on: 'requestsWait' });
  if (!turn.misreads) return progressing(noting(turn, { mark: readOn(world, reading) }), nothingDone);
  turn.tell({ on: 'misread' });
  const mark = readOn(world, reading, turn.chance);
  return progressing(noting({ ...turn, world: { ...world, lies: world.lies - 1 } }, { mark }), nothingDone);
}

/** What a complete mark found is written down before the plan asks what earlier ones said. */
function plan(turn: Turn): World {
  const found = must(turn.running.notebook.mark);
  const { world } = turn;
  const isKept = world.setting.confirmMs > 0;
  const suspects = [...world.storage.suspects, { at: found.at, names: suspectedBy(world, found) }];
  const written = isKept ? withStorage(world, { suspects }) : world;
  const items = planFrom(written, found);
  const proceed = items.length > 0 || waitingRequests(world).length > 0;
  return report(noting({ ...turn, world: written }, { plan: items }), { on: 'planned', proceed });
}

/** Whoever begins over a window without ending it takes it for a mark. */
function takenOver(world: World): Gate {
  const { gate } = world.storage;
  if (obeys(world, 'windowsEndFirst') || !isWindow(gate)) return gate;
  return { ...closeWindow(gate), epoch: gate.epoch };
}

/** The door stands before a request is claimed for it, the held set before the gate names it. */
function chooseBatch(turn: Turn, requestsOnly: boolean): World {
  const { world, running } = turn;
  const { progress, notebook } = running;
  if (progress.on !== 'batch') {
    const { items, plan } = pick(world, notebook, requestsOnly);
    if (items.length === 0) return report(noting(turn, { plan }), { on: 'noBatch' });
    const serial = world.serial + 1;
    const window = windowNamed(serial);
    turn.tell({ on: 'protectionsRead', window });
    const opened = withStorage({ ...world, serial }, { doors: put(world.storage.doors, window, []) });
    const fresh = { plan, batch: [], removing: [], carriedOut: [] };
    const at = isAhead(world, notebook, items) ? 'lookAhead' : 'claim';
    return progressing(noting({ ...turn, world: opened }, fresh), { on: 'batch', window, items, at });
  }
  const { window, items, at } = progress;
  if (at === 'lookAhead')
    return progressing(turn, { ...progress, at: 'referrersAhead', items: items.map((item) => lookAhead(world, item)) });
  if (at === 'referrersAhead')
    return progressing(turn, { ...progress, at: 'claim', items: items.map((item) => referrersAhead(world, item)) });
  if (at === 'claim') {
    const unclaimed = items.find((item) => item.of === 'request' && !notebook.batch.includes(item));
    if (unclaimed?.of !== 'request') {
      const next = isAhead(world, notebook, items) ? 'open' : 'list';
      return progressing(noting(turn, { batch: [] }), { ...progress, at: next });
    }
    const claimed = claim(world, unclaimed.id, window);
    if (claimed === undefined)
      return progressing(turn, { ...progress, items: items.filter((item) => item !== unclaimed) });
    return progressing(noting({ ...turn, world: claimed }, { batch: [...notebook.batch, unclaimed] }), progress);
  }
  if (at === 'list')
    return progressing(turn, { ...progress, at: 'open', items: items.map((item) => listTags(world, item)) });
  const held = heldNames(items).map(tokenOf);
  const expires = world.now + world.setting.durations.windowMs;
  const batch: Batch = { window, held: referenceTo(window, held), expires, tombstones: buried(world, items) };
  return report(noting({ ...turn, world: writeHeld(world, window, held) }, { batch: items }), { on: 'batch', batch });
}

/** Whether what requests mean is found out before a window, to be true in it. */
function isAhead(world: World, { isHeard }: Notebook, items: readonly Item[]): boolean {
  return items.some(({ of }) => of === 'request') && (isHeard || !obeys(world, 'aheadOnceHeard'));
}

function spare(turn: Turn, { heard, window }: Extract<RunEffect, { readonly do: 'spare' }>): World {
  const { world, running, tell } = turn;
  const { progress, notebook } = running;
  if (progress.on !== 'narrowed') {
    const batch = narrow(world, window, notebook, heard, tell);
    const held = heldNames(batch).map(tokenOf);
    const reached = obeys(world, 'closureAnew') ? [] : [...sparedBy(world, notebook, heard)];
    const isHeard = notebook.isHeard || notebook.batch.some(({ of }) => of === 'request');
    return progressing(noting(turn, { batch, usedUp: heard.size, reached, isHeard }), { on: 'narrowed', held });
  }
  const name = `${window}-narrowed`;
  const left = referenceTo(name, progress.held);
  return report(
    { ...turn, world: writeHeld(world, name, progress.held) },
    { on: 'spared', left: obeys(world, 'emptyWindowsLapse') ? left : { ...left, count: 1 } },
  );
}

function removeNext(turn: Turn): World {
  const { world, running, tell } = turn;
  const { notebook, state } = running;
  if (state.at !== 'sweeping') throw new Error('removals belong to a sweep');
  const [item, ...batch] = notebook.batch;
  const steps = running.progress.on === 'nothing' && item !== undefined ? removalOf(world, item) : notebook.removing;
  const outcome = stepRemoval(world, state.gate, notebook, steps, tell);
  if ('windowOver' in outcome) return report(turn, { on: 'windowOver' });
  const first = steps[0];
  const carriedOut =
    first?.do === 'carriedOut' ? [...notebook.carriedOut, { id: first.id, code: first.code }] : notebook.carriedOut;
  const wentNow = first?.do === 'land' && first.path.startsWith('revision:') ? [first.digest] : [];
  const notes = { removing: outcome.steps, carriedOut, gone: [...notebook.gone, ...wentNow] };
  const next = noting({ ...turn, world: outcome.world }, notes);
  if (outcome.steps.length > 0) return progressing(next, { on: 'door' });
  return report(noting(next, { batch }), { on: 'removed', more: batch.length > 0 });
}

/** Whether the next listing is of tags, and may still lie. */
export function mayMisread({ lies }: World, { effect, notebook }: Running): boolean {
  return lies > 0 && effect.do === 'mark' && (notebook.mark?.next ?? 'tags') === 'tags';
}

export function canGiveUpRemoval(world: World, { effect, notebook }: Running): boolean {
  return world.setting.storage === 'objects' && effect.do === 'removeNext' && notebook.removing[0]?.do === 'land';
}

/** No answer came to a removal: the window is not ended before it has expired (F9). */
export function giveUpRemoval(world: World, at: number, tell: Tell): World {
  const running = must(must(world.executors[at]).running);
  const [step, ...rest] = running.notebook.removing;
  if (step?.do !== 'land' || running.effect.do !== 'removeNext') throw new Error('no removal is on its way');
  tell({ on: 'givenUp' });
  const attempt = removalAttempt(running.effect.window, step);
  const sent = { ...world, network: [...world.network, attempt] };
  if (!obeys(world, 'unansweredAwaited')) return sent; // and it is tried again at once
  // Whether it arrived is not known even then: what stands is removed by another attempt, or its tombstone would be a lie.
  const again = obeys(world, 'unansweredLookedAgain') ? [{ ...step, do: 'look' } as const] : [];
  const removing = [{ do: 'awaitExpiry', until: attempt.expires } as const, ...again, ...rest];
  return withExecutor(sent, at, { running: { ...running, notebook: { ...running.notebook, removing } } });
}

function settle(turn: Turn, { window }: Extract<RunEffect, { readonly do: 'settle' }>): World {
  const [next, ...carriedOut] = turn.running.notebook.carriedOut;
  if (next === undefined) return report(turn, { on: 'settled' });
  const world = markDone(turn.world, window, next.id, next.code);
  return progressing(noting({ ...turn, world }, { carriedOut }), nothingDone);
}

/** A removal that was sent is on its way all the same. */
export function killExecutor(world: World, at: number): World {
  const { running } = must(world.executors[at]);
  const step = running?.notebook.removing[0];
  const { effect } = must(running);
  const isSent = canGiveUpRemoval(world, must(running)) && step?.do === 'land' && effect.do === 'removeNext';
  const network = isSent ? [...world.network, removalAttempt(effect.window, step)] : world.network;
  return withExecutor({ ...world, network }, at, { running: undefined });
}
