import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Command } from '../../cli/testing/command.ts';
import { commandsOf, pageConfiguration } from '../../cli/testing/page.ts';
import { ServedStorage } from '../../cli/testing/servedStorage.ts';

describe('the page about switching', () => {
  let served: ServedStorage;
  let folder: string;
  let config: string;
  beforeEach(async () => {
    served = await ServedStorage.start();
    folder = await mkdtemp(join(tmpdir(), 'coppice-switching-'));
    config = join(folder, 'config.yml');
  });
  afterEach(async () => {
    await served.remove();
    await rm(folder, { recursive: true });
  });

  it('has commands that do what it says, from a storage of distribution and back to one', async () => {
    await served.push('team/app', 'v1');
    served.signal('SIGTERM');
    await served.ended();
    await rm(join(served.directory, 'coppice'), { recursive: true }); // what is left is as distribution writes it
    await writeFile(
      config,
      `version: 0.1
storage: {filesystem: {rootdirectory: ${served.directory}}, cache: {blobdescriptor: inmemory}}
http: {net: unix, addr: ${join(folder, 'api.sock')}}
`,
    );
    const environment = {
      REGISTRY_COPPICE_ADMIN_ADDR: '127.0.0.1:0',
      REGISTRY_COPPICE_METRICS_ADDR: '127.0.0.1:0',
      REGISTRY_COPPICE_PERMITTTL: '1s',
    };
    const commands = await commandsOf(new URL('switching.md', import.meta.url));
    let replica: Command | undefined;
    try {
      for (const { args, code } of commands) {
        const process = new Command(
          args.map((one) => (one === pageConfiguration ? config : one)),
          environment,
        );
        if (args[0] === 'serve') {
          await process.line(/the replica serves/);
          replica = process;
          continue;
        }
        if (args[0] === 'release' && replica !== undefined) {
          replica.signal('SIGTERM'); // “Stop every replica”
          expect(await replica.ended()).toMatchObject({ code: 0 });
          replica = undefined;
        }
        expect({ args, ...(await process.ended()) }).toMatchObject({ args, code });
      }
    } finally {
      replica?.signal('SIGKILL');
    }
    expect(new Set(commands.map(({ args: [name] }) => name))).toEqual(
      new Set(['registry', 'doctor', 'serve', 'garbage-collect', 'status', 'release']),
    );
    expect((await readdir(served.directory)).toSorted()).toEqual(['config.yml', 'docker']);
  });
});
