import { startRun } from '../../run/machine.ts';
import type { Batch, RunEffect, RunSettings } from '../../run/state.ts';
import {
  buried,
  claim,
  heldNames,
  listTags,
  markDone,
  narrow,
  pick,
  referenceTo,
  removalOf,
  stepRemoval,
  waitingRequests,
  writeHeld,
} from './batch.ts';
import { put, withExecutor, withStorage } from './change.ts';
import { casGate, closeDoor } from './door.ts';
import { fence, readMembers, tidy } from './lives.ts';
import { beginMark, planFrom, readOn } from './marking.ts';
import { must, runNamed, tokenOf, windowNamed } from './names.ts';
import { nothingDone, noting, progressing, report, type Turn } from './turn.ts';
import type { Notebook, Running, Tell, World } from './world.ts';

/** The executor's shell around the run machine: performs each effect in atomic steps, and hands the outcome back as the next event. */

const blank: Notebook = {
  mark: undefined,
  plan: [],
  batch: [],
  removing: [],
  gone: [],
  carriedOut: [],
  usedUp: 0,
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

export function stepExecutor(world: World, at: number, tell: Tell): World {
  const executor = must(world.executors[at]);
  const running = must(executor.running);
  return perform({ world, at, running, tell }, running.effect);
}

function perform(turn: Turn, effect: RunEffect): World {
  const { world } = turn;
  switch (effect.do) {
    case 'readGate':
      return report(turn, { on: 'gate', gate: world.storage.gate });
    case 'wait':
      return report(turn, { on: 'waited' });
    case 'casGate': {
      const { world: next, won } = casGate(world, effect.to, turn.tell);
      return report({ ...turn, world: next }, { on: 'cas', won });
    }
    case 'closeDoor': {
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
      const plan = planFrom(world, must(turn.running.notebook.mark));
      return report(noting(turn, { plan }), {
        on: 'planned',
        proceed: plan.length > 0 || waitingRequests(world).length > 0,
      });
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
  return progressing(noting(turn, { mark: readOn(world, reading) }), nothingDone);
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
    const opened = withStorage({ ...world, serial }, { doors: put(world.storage.doors, window, []) });
    const fresh = { plan, batch: [], removing: [], carriedOut: [] };
    return progressing(noting({ ...turn, world: opened }, fresh), { on: 'batch', window, items, at: 'claim' });
  }
  const { window, items, at } = progress;
  if (at === 'claim') {
    const next = items.find((item) => item.of === 'request' && !notebook.batch.includes(item));
    if (next?.of !== 'request') return progressing(noting(turn, { batch: [] }), { ...progress, at: 'list' });
    const claimed = claim(world, next.id, window);
    if (claimed === undefined) return progressing(turn, { ...progress, items: items.filter((item) => item !== next) });
    return progressing(noting({ ...turn, world: claimed }, { batch: [...notebook.batch, next] }), progress);
  }
  if (at === 'list')
    return progressing(turn, { ...progress, at: 'open', items: items.map((item) => listTags(world, item)) });
  const held = heldNames(items).map(tokenOf);
  const expires = world.now + world.setting.durations.windowMs;
  const batch: Batch = { window, held: referenceTo(window, held), expires, tombstones: buried(world, items) };
  return report(noting({ ...turn, world: writeHeld(world, window, held) }, { batch: items }), { on: 'batch', batch });
}

function spare(turn: Turn, { heard, window }: Extract<RunEffect, { readonly do: 'spare' }>): World {
  const { world, running, tell } = turn;
  const { progress, notebook } = running;
  if (progress.on !== 'narrowed') {
    const batch = narrow(world, notebook, heard, tell);
    const held = heldNames(batch).map(tokenOf);
    return progressing(noting(turn, { batch, usedUp: heard.size }), { on: 'narrowed', held });
  }
  const name = `${window}-narrowed`;
  return report(
    { ...turn, world: writeHeld(world, name, progress.held) },
    { on: 'spared', left: referenceTo(name, progress.held) },
  );
}

function removeNext(turn: Turn): World {
  const { world, running, tell } = turn;
  const { notebook, state } = running;
  if (state.at !== 'sweeping') throw new Error('removals belong to a sweep');
  const [item, ...batch] = notebook.batch;
  const steps = running.progress.on === 'nothing' && item !== undefined ? removalOf(world, item) : notebook.removing;
  const outcome = stepRemoval(world, state.gate.window, state.gate.epoch, notebook, steps, tell);
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

function settle(turn: Turn, { window }: Extract<RunEffect, { readonly do: 'settle' }>): World {
  const [next, ...carriedOut] = turn.running.notebook.carriedOut;
  if (next === undefined) return report(turn, { on: 'settled' });
  const world = markDone(turn.world, window, next.id, next.code);
  return progressing(noting({ ...turn, world }, { carriedOut }), nothingDone);
}

export function killExecutor(world: World, at: number): World {
  return withExecutor(world, at, { running: undefined });
}
