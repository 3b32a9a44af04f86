import { join } from 'node:path';
import { readState, type StateView } from '../../operator/directory/state.ts';
import type { Call, Option } from '../command.ts';
import { Failure } from '../failure.ts';
import { note } from '../terminal.ts';
import { count } from '../units.ts';

export const stateOptions = {
  resources: { type: 'string', value: 'DIR', says: 'the directory of the resources (default: this one)' },
  state: { type: 'string', value: 'DIR', says: 'the state directory of its operator (default: .coppice in that)' },
} as const satisfies Record<string, Option>;

export function stateDirectoryIn(resources: string): string {
  return join(resources, '.coppice');
}

/** What the operator of these resources knows, without touching it. What a person should know besides is noted on standard error. */
export async function openState(call: Call): Promise<StateView> {
  const directory = stateOf(call);
  const view = await readState(directory, call.world.signal);
  if (!view.isThere) {
    throw new Failure(
      'usage',
      `${directory}: no operator has worked here; name its resources with --resources, or --state`,
    );
  }
  const { terminal } = call.world;
  if (!view.isOperatorRunning)
    note(terminal, `note: no operator is running on ${directory}: this is how the last one left it`);
  for (const { message } of view.refusals) note(terminal, `refused: ${message.replaceAll(/\s*\n\s*/g, ' ')}`);
  if (view.refusals.length > 0) {
    note(terminal, `${count(view.refusals.length, 'document')} refused: what came of it before stays as it is`);
  }
  return view;
}

function stateOf(call: Call): string {
  const [state, resources = '.'] = [call.text('state'), call.text('resources')];
  if (state === '' || resources === '') throw new Failure('usage', 'a directory cannot be empty text');
  if (state !== undefined) return state;
  if (resources === '-')
    throw new Failure('usage', 'give --state: what came from standard input has no directory of its own');
  return stateDirectoryIn(resources);
}
