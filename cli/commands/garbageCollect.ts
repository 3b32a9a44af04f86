import type { Command } from '../command.ts';
import { configFileOfStorage } from '../configFile.ts';
import { Failure } from '../failure.ts';
import { outputOption, resourceOptions } from '../options.ts';
import { carryOut } from '../runs.ts';
import { administerConfigured } from '../where.ts';

export const garbageCollect: Command = {
  name: 'garbage-collect',
  summary: 'Remove what nothing reaches, as distribution’s command of this name, but while clients push',
  usage: '[--dry-run] [--delete-untagged] [CONFIG.yml]',
  about:
    'Straight on the storage of this configuration (found as `coppice registry` finds its own, but never by defaults alone), also while replicas serve it. The first on a storage that others ' +
    'wrote only shows what would go, and ends with exit code 3. Two runs, an hour apart, must agree before bytes go (coppice.confirmAfter).',
  options: {
    'dry-run': { type: 'boolean', short: 'd', says: 'show what would go, and remove nothing (`coppice plan`)' },
    'delete-untagged': { ...resourceOptions['delete-untagged'], short: 'm' },
    quiet: { type: 'boolean', short: 'q', says: 'only sums' },
    ...outputOption,
  },
  examples: [
    ['coppice garbage-collect --dry-run /etc/distribution/config.yml', 'what would go'],
    ['coppice garbage-collect --delete-untagged /etc/docker/registry/config.yml', 'as a nightly job'],
  ],
  async run(call) {
    const [named, ...more] = call.operands;
    if (more.length > 0) throw new Failure('usage', 'garbage-collect takes one configuration');
    const { environment, usualConfigFiles } = call.world;
    const file = named ?? (await configFileOfStorage(environment, usualConfigFiles));
    const order = { mode: call.flag('dry-run') ? 'plan' : 'execute', policies: [], requests: [] } as const;
    return carryOut(call, order, (work) => administerConfigured(call, file, work));
  },
};
