import type { Call, Command } from '../command.ts';
import { checkConfig } from '../configCheck.ts';
import { unnamedConfigFile, usualConfigFiles } from '../configFile.ts';
import { type Ending, Failure } from '../failure.ts';
import { outputOption } from '../options.ts';
import { becomeOwner } from '../owner.ts';
import { note } from '../terminal.ts';
import { readConfig } from '../where.ts';

export const registry: Command = {
  name: 'registry',
  summary: 'Serve a storage: one replica, any number of which may serve it at once',
  usage: '[--check [-o json]] [CONFIG.yml]',
  about:
    'Reads distribution’s config.yml and REGISTRY_* variables. Without CONFIG.yml: the file that REGISTRY_CONFIGURATION_PATH names, ' +
    `else ${usualConfigFiles.join(', else ')}, else defaults. SIGTERM or Ctrl-C ends it in order: requests are answered, its life leaves; ` +
    'a second ends it at once. Started as root, it becomes the user to whom the storage belongs.',
  options: {
    check: { type: 'boolean', says: 'say what the configuration comes to and every mistake in it, and serve nothing' },
    ...outputOption,
  },
  serves: true,
  examples: [
    ['coppice registry /etc/docker/registry/config.yml', 'the configuration of an existing registry'],
    ['coppice registry --check /etc/docker/registry/config.yml', 'what it would do'],
    [
      'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=./data REGISTRY_HTTP_ADDR=127.0.0.1:5000 coppice registry',
      'without a file',
    ],
  ],
  run: runReplica,
};

/** As the images of distribution call it. */
export const serve: Command = {
  ...registry,
  name: 'serve',
  summary: 'The same as `registry`, as distribution calls it',
  examples: [['coppice serve /etc/distribution/config.yml', 'where the image of distribution has its configuration']],
};

async function runReplica(call: Call): Promise<Ending> {
  const [named, ...more] = call.operands;
  if (more.length > 0) throw new Failure('usage', 'a replica takes one configuration');
  const { signal, terminal, ...process } = call.world;
  const file = named ?? (await unnamedConfigFile(process.environment, process.usualConfigFiles));
  if (call.flag('check')) return checkConfig(call, file);
  const config = await readConfig(call, file);
  const isFound = named === undefined && process.usualConfigFiles.some((one) => one === file); // nobody said its name
  if (file !== undefined && isFound) note(terminal, `coppice registry: is configured by ${file}`);
  const became = await becomeOwner(config.storage.rootDirectory);
  const { startReplica } = await import('../../registry/program/replica.ts');
  const replica = await startReplica(config, { ...process, log: terminal.out }, signal);
  if (became === 'root') {
    note(terminal, `coppice registry: goes on as root, to whom ${config.storage.rootDirectory} belongs`);
  }
  const end = await Promise.race([replica.closed, aborted(signal)]);
  await replica.stop();
  if (end === 'duplicateInstance') throw new Failure('failed', 'another process serves under this instance');
  return 'ok';
}

function aborted(signal: AbortSignal): Promise<'asked'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('asked');
    signal.addEventListener('abort', () => {
      resolve('asked');
    });
  });
}
