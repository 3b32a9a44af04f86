import type { Command } from '../command.ts';
import { Failure } from '../failure.ts';
import { becomeOwner } from '../owner.ts';
import { note } from '../terminal.ts';
import { readConfig } from '../where.ts';

export const registry: Command = {
  name: 'registry',
  summary: 'Serve a storage: one replica, any number of which may serve it at once',
  usage: '[CONFIG.yml]',
  about:
    'Reads distribution’s config.yml and REGISTRY_* variables. SIGTERM or Ctrl-C ends it in order: requests are answered, its life leaves; a second ends it at once. ' +
    'Started as root, it becomes the user to whom the storage belongs.',
  options: {},
  serves: true,
  examples: [
    ['coppice registry /etc/docker/registry/config.yml', 'the configuration of an existing registry'],
    [
      'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=./data REGISTRY_HTTP_ADDR=127.0.0.1:5000 coppice registry',
      'without a file',
    ],
  ],
  async run(call) {
    const [file, ...more] = call.operands;
    if (more.length > 0) throw new Failure('usage', 'registry takes one configuration');
    const { signal, terminal, ...process } = call.world;
    const config = await readConfig(call, file);
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
  },
};

function aborted(signal: AbortSignal): Promise<'asked'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('asked');
    signal.addEventListener('abort', () => {
      resolve('asked');
    });
  });
}
