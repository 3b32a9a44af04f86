import type { Command } from '../command.ts';
import { outputOption, resourceOptions, whereOptions } from '../options.ts';
import { orderRun } from '../runs.ts';

export const collect: Command = {
  name: 'collect',
  summary: 'Remove what nothing reaches, and what policies and requests name, while clients push',
  usage: '[-f FILE]… [--approve DIGEST] [OPTION…]',
  about:
    'Ctrl-C ends the run in order after its present batch; what was removed stays removed. Exit code 3: it stopped and asks for --approve.',
  options: {
    ...resourceOptions,
    approve: { type: 'string', value: 'DIGEST', says: 'carry out this plan (or a part of it), and no other' },
    ...whereOptions,
    ...outputOption,
  },
  examples: [
    ['coppice collect', 'through the replica on this machine'],
    ['coppice collect -f policies.yaml --approve sha256:9f…', 'the plan that `coppice plan -f policies.yaml` showed'],
    ['coppice collect --delete-untagged --config /etc/docker/registry/config.yml', 'as distribution’s garbage-collect'],
  ],
  run: (call) => orderRun(call, 'execute'),
};
