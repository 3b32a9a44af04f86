import { isWindow } from '../../gate.ts';
import { nameOf, must } from './names.ts';
import type { Move } from './moves.ts';
import type { Call, Note, World } from './world.ts';

/** A history as a person would tell it: what moved, and what came of it. */
export function tellMove(before: World, move: Move, notes: readonly Note[]): string {
  const told = notes.map((note) => tellNote(before, note)).join('; ');
  return `${String(before.now).padStart(4)}  ${tellWho(before, move)}${told === '' ? '' : `: ${told}`}`;
}

function tellWho(world: World, move: Move): string {
  switch (move.who) {
    case 'clock':
      return `${move.ticks} ticks pass`;
    case 'client':
      return `client ${move.at} calls replica ${move.to}`;
    case 'stall':
      return move.ticks > 0
        ? `${move.what} ${move.at} stands still for ${move.ticks}`
        : `the clock of ${move.what} ${move.at} runs ${-move.ticks} ahead`;
    case 'housekeeper':
      return `housekeeping (${world.housekeeper.at})`;
    case 'network': {
      const { path, of } = must(world.network[move.index]);
      return `${of} of ${path}, given up before, ${move.does === 'arrive' ? 'arrives' : 'is lost'}`;
    }
    case 'executor': {
      if (move.does === 'begin') return `executor ${move.at} begins ${move.marks ? 'a run' : 'a run of requests'}`;
      const { running } = must(world.executors[move.at]);
      if (running === undefined) return `executor ${move.at} ${move.does}`;
      return `executor ${move.at} ${move.does} (${running.settings.run} ${running.state.at}, ${running.effect.do})`;
    }
    case 'replica': {
      const replica = must(world.replicas[move.at]);
      const life = replica.life?.life ?? replica.phase;
      const operation = move.does === 'operation' ? replica.operations[move.index] : undefined;
      const step =
        operation === undefined ? '' : ` ${operation.id} (${tellCall(operation.call)}) ${tellStep(operation)}`;
      return `replica ${move.at} (${life}) ${move.does}${step}`;
    }
  }
}

function tellStep({
  admitted,
  steps: [step],
}: {
  admitted: boolean;
  steps: readonly { readonly do: string }[];
}): string {
  return admitted ? (step?.do ?? 'answers') : 'asks for admission';
}

function tellCall(call: Call): string {
  return call.call === 'put' && call.tag !== undefined
    ? `put ${call.digest} as ${call.tag}`
    : `${call.call} ${call.digest}`;
}

function tellNote(world: World, note: Note): string {
  switch (note.on) {
    case 'admitted':
      return `${tellCall(note.operation.call)} admitted`;
    case 'answered':
      return `${tellCall(note.operation.call)} answered ${note.code}`;
    case 'landed':
      return `${note.path} written (${note.digest})`;
    case 'refused':
      return `${note.path} refused`;
    case 'removed':
      return `${note.path} removed${note.request === undefined ? '' : ` by request ${note.request}`}`;
    case 'removalRefused':
      return `removal of ${note.path} refused`;
    case 'gate': {
      const { gate } = note;
      const held = isWindow(gate) ? ` {${must(world.storage.held.get(gate.held.name)).map(nameOf).join(' ')}}` : '';
      return `gate ${gate.epoch} ${gate.phase}${held}`;
    }
    case 'runEnded':
      return `${note.run} ended: ${note.result}`;
    case 'protected':
      return `${note.digest} is protected`;
    case 'protectionsRead':
      return 'protections read';
    case 'misread':
      return 'the listing of tags omits one';
    case 'givenUp':
      return 'no answer came';
    case 'spared':
      return 'something was spared';
    case 'buried':
      return 'tombstone written';
    case 'fenced':
      return 'a stage removed';
    case 'lapsedWindowEnded':
      return 'the lapsed window ended';
    case 'lifeEnded':
      return 'its life ended';
    case 'left':
      return 'left in order';
  }
}
