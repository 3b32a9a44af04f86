import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layout } from '../../layout.ts';
import { bytesAt, known, lifeId, namesAt, signal, textAt, utf8, windowId } from '../../testing/testStorage.ts';
import { trashOf } from '../../trash.ts';
import { FilesystemDriver } from '../driver.ts';

const program = fileURLToPath(new URL('pausedWriter.ts', import.meta.url));
const repository = '/docker/registry/v2/repositories/library/alpine';
const link = `${repository}/_manifests/tags/3.20/current/link`;
const blob = '/docker/registry/v2/blobs/sha256/ab/ab12';
const [slow, quick, window] = [lifeId('slow'), lifeId('quick'), windowId('w1')];

/** A root for each case, and its end. */
export type MakeRoot = () => Promise<{ readonly root: string; dispose(): Promise<void> }>;

/** F2 with real processes: one that was stopped between its check and its rename, or with an upload's file open, changes nothing after its life or its window was ended. */
export function describePausedWriter(name: string, makeRoot: MakeRoot): void {
  describe(`a paused writer on ${name}`, () => {
    let made: Awaited<ReturnType<MakeRoot>>;
    let driver: FilesystemDriver;
    let child: ChildProcess | undefined;
    beforeEach(async () => {
      made = await makeRoot();
      driver = new FilesystemDriver(made.root);
    });
    afterEach(async () => {
      child?.kill('SIGKILL');
      await made.dispose();
    });

    /** Runs a task until it has stopped itself; what it prints after it was continued is its outcome. */
    async function stopped(...task: readonly string[]): Promise<{ goOn(): Promise<string> }> {
      const started = spawn(process.execPath, [program, made.root, ...task], { stdio: ['ignore', 'pipe', 'pipe'] });
      child = started;
      const [output, errors] = [text(started.stdout), text(started.stderr)];
      const ended = once(started, 'close');
      await expect.poll(async () => stateOf(known(started.pid)), { timeout: 20_000 }).toBe('T');
      return {
        goOn: async () => {
          started.kill('SIGCONT');
          await ended;
          expect(await errors).toBe('');
          return (await output).trim();
        },
      };
    }

    it('W1: is refused its commit once its life was ended, however late it comes', async () => {
      await driver.beginLife(quick, signal);
      await driver.commit(quick, link, utf8('sha256:old'), signal);
      await driver.beginLife(slow, signal);
      const writer = await stopped('commit', slow, link, 'sha256:late');
      expect(await namesAt(driver, layout.stage(slow))).toHaveLength(1); // it has written, and not yet renamed
      await driver.endLife(slow, signal);
      expect(await writer.goOn()).toBe('refused');
      expect(await textAt(driver, link)).toBe('sha256:old');
      expect(await driver.stagedLives(signal)).toEqual([quick]);
    });

    it('W1: makes no link anew that was removed while it was stopped', async () => {
      await driver.beginLife(slow, signal);
      await driver.commit(slow, link, utf8('sha256:old'), signal);
      const writer = await stopped('commit', slow, link, 'sha256:late');
      await driver.endLife(slow, signal);
      await driver.openWindow(window, signal);
      await driver.remove(window, `${repository}/_manifests/tags/3.20`, signal);
      await driver.endWindow(window, signal);
      expect(await writer.goOn()).toBe('refused');
      expect(await namesAt(driver, `${repository}/_manifests/tags`)).toEqual([]);
    });

    it('lands its commit when nobody ended its life', async () => {
      await driver.beginLife(slow, signal);
      const writer = await stopped('commit', slow, link, 'sha256:late');
      expect(await textAt(driver, link)).toBeUndefined();
      expect(await writer.goOn()).toBe('landed');
      expect(await textAt(driver, link)).toBe('sha256:late');
    });

    it('W5: is refused its removal once its window was ended, and what was pushed again stays', async () => {
      await driver.write(`${blob}/data`, utf8('bytes'), signal);
      await driver.openWindow(window, signal);
      const sweeper = await stopped('remove', window, blob);
      await driver.endWindow(window, signal);
      expect(await sweeper.goOn()).toBe('windowOver');
      expect(await textAt(driver, `${blob}/data`)).toBe('bytes');
      expect(await trashOf(driver, window, signal)).toEqual([]);
      expect(await driver.openWindows(signal)).toEqual([]);
    });

    it('removes when its window is still open', async () => {
      await driver.write(`${blob}/data`, utf8('bytes'), signal);
      await driver.openWindow(window, signal);
      const sweeper = await stopped('remove', window, blob);
      expect(await sweeper.goOn()).toBe('removed');
      expect(await driver.stat(blob, signal)).toBeUndefined();
    });

    it('G2: appends to its own file only, when another life took over its upload and committed it', async () => {
      const data = `${repository}/_uploads/u1/data`;
      await driver.beginLife(slow, signal);
      await driver.beginLife(quick, signal);
      const uploader = await stopped('append', slow, `${data}.slow`, `${blob}/data`);
      const acknowledged = known(await driver.open(`${data}.slow`, undefined, signal));
      expect(acknowledged.stat.sizeBytes).toBe(512 * 1024);
      const size = await driver.append(`${data}.quick`, 0, acknowledged.body, signal);
      await driver.endLife(slow, signal);
      expect(await driver.commitFile(quick, `${data}.quick`, `${blob}/data`, signal)).toBe('landed');
      const committed = known(await bytesAt(driver, `${blob}/data`));
      expect(await uploader.goOn()).toBe(`${2 * size} refused`);
      expect(committed).toHaveLength(size);
      expect(Buffer.compare(known(await bytesAt(driver, `${blob}/data`)), committed)).toBe(0);
    });

    it('G2: appends to nothing that stays, when its session was committed elsewhere and is gone', async () => {
      const data = `${repository}/_uploads/u1/data`;
      await driver.beginLife(slow, signal);
      const uploader = await stopped('append', slow, `${data}.slow`, `${blob}/data`);
      await driver.endLife(slow, signal);
      await driver.discard(`${repository}/_uploads/u1`, signal);
      await expect(uploader.goOn()).rejects.toThrow();
      expect(await driver.stat(blob, signal)).toBeUndefined();
      expect(await namesAt(driver, `${repository}/_uploads`)).toEqual([]);
    });
  });
}

/** The state of a process as Linux tells it: `T` is stopped. */
async function stateOf(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8');
  return line.slice(line.lastIndexOf(')') + 2).charAt(0);
}
