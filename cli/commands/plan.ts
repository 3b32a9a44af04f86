import type { Command } from '../command.ts';
import { outputOption, resourceOptions, whereOptions } from '../options.ts';
import { orderRun } from '../runs.ts';

export const plan: Command = {
  name: 'plan',
  summary: 'Show what a collection would remove and why, and remove nothing',
  usage: '[-f FILE]… [OPTION…]',
  about:
    'Without -f: what nothing reaches. With policies and requests: what they name, too, under a digest that `collect --approve` takes.',
  options: { ...resourceOptions, ...whereOptions, ...outputOption },
  examples: [
    ['coppice plan', 'through the replica on this machine'],
    ['coppice plan -f policies.yaml -f request.yaml --storage /var/lib/registry', 'straight on a storage'],
    ['coppice plan -f policies.yaml -o json', 'for a script'],
  ],
  run: (call) => orderRun(call, 'plan'),
};
