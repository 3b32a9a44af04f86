import type { Command } from '../command.ts';
import { noOperands } from '../operands.ts';
import { outputOption, whereOptions } from '../options.ts';
import { printable } from '../table.ts';
import { say } from '../terminal.ts';
import { count } from '../units.ts';
import { administer } from '../where.ts';

export const audit: Command = {
  name: 'audit',
  summary: 'Walk everything that is kept, and name what is missing',
  usage: '[OPTION…]',
  about: 'Holds and removes nothing. Exit code 1 if anything is missing.',
  options: { ...whereOptions, ...outputOption },
  examples: [
    ['coppice audit', 'through the replica on this machine'],
    ['coppice audit --storage /var/lib/registry', 'straight on a storage'],
  ],
  async run(call) {
    noOperands(call);
    const { signal, terminal } = call.world;
    const found = await administer(call, (administration) => administration.audit(signal));
    if (call.output === 'json') say(terminal, JSON.stringify(found, undefined, 2));
    else {
      for (const object of found.missingItems) say(terminal, `missing: ${printable(object)}`);
      say(terminal, `${count(found.manifests, 'manifest')} walked, ${found.missing} missing`);
    }
    return found.missing === 0 ? 'ok' : 'failed';
  },
};
