import type { TombstoneView } from '../../core/admin/schema.ts';
import type { Command } from '../command.ts';
import { noOperands } from '../operands.ts';
import { outputOption, whereOptions } from '../options.ts';
import { pages } from '../pages.ts';
import { sayRows } from '../terminal.ts';
import { administer } from '../where.ts';

export const tombstones: Command = {
  name: 'tombstones',
  summary: 'List what was deleted and until when it can be undone',
  usage: '[OPTION…]',
  options: { ...whereOptions, ...outputOption },
  examples: [
    ['coppice tombstones', 'of the registry on this machine'],
    ['coppice tombstones -o json', 'for a script'],
  ],
  async run(call) {
    noOperands(call);
    await administer(call, async (administration) => {
      const found: TombstoneView[] = [];
      const { signal, terminal } = call.world;
      for await (const one of pages((page) => administration.tombstones(page, signal))) found.push(one);
      const rows = found.map(({ repository, kind, digest, tags, until, isLapsed, who, why }) => [
        kind === 'tag' ? `${repository}:${tags.join(',')}` : `${repository}@${digest}`,
        kind === 'tag' ? digest : tags.join(','),
        isLapsed ? 'lapsed' : until,
        who,
        why,
      ]);
      sayRows(terminal, call.output, found, ['DELETED', 'NAMED', 'UNDO UNTIL', 'BY', 'WHY'], rows);
    });
    return 'ok';
  },
};
