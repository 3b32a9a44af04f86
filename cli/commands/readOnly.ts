import type { Command } from '../command.ts';
import { Failure } from '../failure.ts';
import { oneOperand } from '../operands.ts';
import { whereOptions } from '../options.ts';
import { say } from '../terminal.ts';
import { administer } from '../where.ts';

export const readOnly: Command = {
  name: 'read-only',
  summary: 'Refuse pushes and deletions on every replica, for a backup or a move, until it is switched off',
  usage: 'on [--reason TEXT] | off [OPTION…]',
  about:
    'Pulls go on, no collection removes anything. `off` ends it whoever declared it. Commits are refused at the latest one permitTTL later.',
  options: {
    reason: { type: 'string', value: 'TEXT', says: 'what clients are told (default: maintenance)' },
    ...whereOptions,
  },
  examples: [
    ['coppice read-only on --reason "backup until 04:00"', 'before a snapshot of the storage'],
    ['coppice read-only off', 'afterwards'],
  ],
  async run(call) {
    const wish = oneOperand(call, 'on or off');
    if (wish !== 'on' && wish !== 'off')
      throw new Failure('usage', `read-only is on or off, not ${JSON.stringify(wish)}`);
    await administer(call, async (administration) => {
      const { signal, terminal } = call.world;
      if (wish === 'on') await administration.declareReadOnly(call.text('reason') ?? 'maintenance', 'cli', signal);
      else await administration.withdrawReadOnly(undefined, signal);
      say(terminal, `read-only is ${wish}`);
    });
    return 'ok';
  },
};
