import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { RegistryClient } from '../load/client.ts';
import { runnableImage } from '../peers/runnable.ts';
import type { HeldPush } from './hold.ts';
import type { Row } from './row.ts';
import { type Client, type Stage, trial } from './trial.ts';

/** A client that asks as often as it is told, at intervals of a second. */
function pushing(stage: Stage, repository: string, times: number, more: Partial<HeldPush> = {}): HeldPush {
  const wait = async (ms: number): Promise<void> => pause(ms, undefined, { signal: stage.signal });
  const retryAfterMs = Array.from({ length: times - 1 }, () => 1000);
  const client = new RegistryClient(`http://${stage.door.host}`, { retryAfterMs, pause: wait });
  return {
    name: `${repository}, asks ${times} times`,
    push: async (when) => {
      const pushed = await client.push(repository, await runnableImage(when), '1.0.0', stage.signal);
      if (pushed.is !== 'acknowledged') throw new Error(pushed.why);
    },
    arrived: async () => stage.witness.whole(`${repository}:1.0.0`),
    waits: true,
    ...more,
  };
}

function clientOf(pushes: (stage: Stage) => readonly HeldPush[], onEnd: () => void): Client {
  return {
    name: 'ours',
    tools: [],
    begin: async (stage) =>
      Promise.resolve({
        steps: [
          { name: 'fails', take: async () => Promise.reject(new Error('it does not')) },
          { name: 'goes on', take: async () => stage.witness.whole(stage.sources.before) },
        ],
        pushes: pushes(stage),
        afterwards: [],
        end: async () => {
          onEnd();
          return Promise.resolve();
        },
      }),
  };
}

/** What is left of a trial: its folder, and command lines that name it. */
async function leftOf(folder: string): Promise<readonly string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(processes.map(async (id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(gone)));
  return [...(existsSync(folder) ? [folder] : []), ...lines.filter((line) => line.includes(folder))];
}

/** A process that ended since. */
function gone(): string {
  return '';
}

describe('a trial', () => {
  it('tells of each step and of each push that a window holds whether it is well, and leaves nothing', async () => {
    const folders = new Set<string>();
    let ends = 0;
    const pushes = (stage: Stage): readonly HeldPush[] => {
      folders.add(dirname(stage.home));
      return [
        pushing(stage, 'held/patient', 8),
        pushing(stage, 'held/hasty', 1),
        pushing(stage, 'held/known', 5, { givesUp: { 'lapses after 30 s': /being removed/ } }),
        pushing(stage, 'beside/it', 1, { waits: false }),
      ];
    };
    const client = clientOf(pushes, () => (ends += 1));
    const rows: Row[] = [];
    for await (const row of trial(client, 'plain', new AbortController().signal)) rows.push(row);
    expect(rows.filter(({ isWell }) => !isWell).map(({ step }) => step)).toEqual([
      'fails',
      'held/hasty, asks 1 times, lapses after 6 s',
      'held/hasty, asks 1 times, lapses after 30 s',
    ]);
    expect(rows.find(({ step }) => step === 'held/known, asks 5 times, lapses after 30 s')?.saw).toMatch(
      /^gives up, .* s: being removed; the same again has pushed$/,
    );
    expect(rows).toHaveLength(2 + 3 * (4 + 1));
    expect(folders.size).toBe(3);
    expect(ends).toBe(3);
    for (const folder of folders) expect(await leftOf(folder)).toEqual([]);
  });

  it('is not well where what should have waited was not held, or the other way round', async () => {
    const pushes = (stage: Stage): readonly HeldPush[] => [
      pushing(stage, 'held/app', 1, { waits: false }),
      pushing(stage, 'beside/it', 1, { waits: true }),
    ];
    const rows = new Map<string, Row>();
    for await (const row of trial(
      clientOf(pushes, () => undefined),
      'plain',
      new AbortController().signal,
    )) {
      rows.set(row.step, row);
      if (row.step.startsWith('beside')) break;
    }
    expect(rows.get('held/app, asks 1 times, goes on after 4 s')?.saw).toMatch(/^was held: /);
    expect(rows.get('beside/it, asks 1 times, goes on after 4 s')?.saw).toMatch(/^was not held: /);
  });

  it('ends what it began where it is interrupted in a window', async () => {
    const controller = new AbortController();
    let folder = '';
    let ends = 0;
    const pushes = (stage: Stage): readonly HeldPush[] => {
      folder = dirname(stage.home);
      const push = async (when: 'before' | 'while'): Promise<void> => {
        if (when === 'before') await stage.witness.push('held/interrupted:1.0.0', await runnableImage(when));
        else controller.abort(new Error('interrupted'));
      };
      return [pushing(stage, 'held/interrupted', 1, { push })];
    };
    const client = clientOf(pushes, () => (ends += 1));
    const all = async (): Promise<void> => {
      for await (const row of trial(client, 'plain', controller.signal))
        expect(row.step).toMatch(/^(?:fails|goes on)$/);
    };
    await expect(all()).rejects.toMatchObject({ name: 'AbortError' });
    expect(ends).toBe(1);
    expect(folder).not.toBe('');
    expect(await leftOf(folder)).toEqual([]);
  });
});
