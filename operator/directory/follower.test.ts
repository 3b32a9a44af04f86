import { rmSync, writeFileSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Timers } from '../runtime/timers.ts';
import { Follower } from './follower.ts';
import type { Scan } from './scan.ts';

const { signal } = new AbortController();

/** Time that stands still until a test lets it go on: `step` lets pass what the follower waits for now. */
class SteppedTime implements Timers {
  nowMs = 0;
  onAsked: (() => void) | undefined;
  readonly warnings: string[] = [];
  readonly #armed: { readonly ms: number; readonly run: () => void }[] = [];
  #arming = Promise.withResolvers<undefined>();

  mono(): number {
    this.onAsked?.();
    return this.nowMs;
  }

  after(ms: number, run: () => void): { cancel(): void } {
    this.#armed.push({ ms, run });
    this.#arming.resolve(undefined);
    return { cancel: () => undefined };
  }

  /** Resolves once the follower waits. */
  async waits(): Promise<void> {
    if (this.#armed.length === 0) await this.#arming.promise;
  }

  async step(): Promise<void> {
    await this.waits();
    const next = this.#armed.shift() ?? expect.fail('nothing waits');
    this.#arming = Promise.withResolvers();
    this.nowMs += next.ms;
    next.run();
  }
}

describe('follower', () => {
  let root: string;
  let time: SteppedTime;
  let follower: Follower;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'coppice-follower-'));
    await mkdir(join(root, 'resources'));
    await mkdir(join(root, 'state'));
    time = new SteppedTime();
    const tell = (_: object, message: string): void => {
      time.warnings.push(message);
    };
    const log = { info: tell, warn: tell, error: tell };
    follower = new Follower(join(root, 'resources'), join(root, 'state'), {
      mono: () => time.mono(),
      timers: time,
      log,
    });
  });
  afterEach(async () => {
    follower.close();
    await rm(root, { recursive: true });
  });

  const file = (name: string): string => join(root, 'resources', name);
  const documentText = (name: string): string =>
    `apiVersion: coppice.dev/v1alpha1\nkind: Registry\nmetadata: {name: ${name}}\n`;
  const names = ({ declared }: Scan): readonly string[] =>
    declared.map((one) => (one.is === 'object' ? one.key.name : one.message));

  it('takes a file when two looks agree, and not while it grows, although each part of it would do', async () => {
    const { length } = documentText('');
    await writeFile(file('a.yaml'), documentText('whole').slice(0, length - 3));
    const scan = follower.next(signal);
    await time.waits(); // the first look is done
    await appendFile(file('a.yaml'), 'wh}\n---\n');
    await time.step();
    await time.waits(); // the second, too
    await appendFile(file('a.yaml'), documentText('b'));
    await time.step();
    await time.step();
    expect(names(await scan)).toHaveLength(2);
    expect(time.nowMs).toBe(900);
  });

  it('gives the same scan while nothing changes, without a pause', async () => {
    await writeFile(file('a.yaml'), documentText('a'));
    const first = follower.next(signal);
    await time.step();
    const scan = await first;
    expect(await follower.next(signal)).toBe(scan);
    expect(time.nowMs).toBe(300);
  });

  it('takes two files that change while it reads in one moment, not one before and one after', async () => {
    await writeFile(file('a.yaml'), documentText('a1'));
    await writeFile(file('b.yaml'), documentText('b1'));
    const scan = follower.next(signal);
    await time.waits();
    time.onAsked = () => {
      time.onAsked = undefined; // asked for the time between a look and the reading
      writeFileSync(file('a.yaml'), documentText('a2'));
      rmSync(file('b.yaml'));
      writeFileSync(file('c.yaml'), documentText('c2'));
    };
    await time.step();
    await time.step();
    expect(names(await scan)).toEqual(['a2', 'c2']);
  });

  it('takes the others in the end where one file never comes to rest, and keeps what came of that', async () => {
    await writeFile(file('a.yaml'), documentText('a'));
    await writeFile(file('log.json'), '{}\n');
    const scan = follower.next(signal);
    for (let round = 0; round < 100; round += 1) {
      await time.waits();
      await appendFile(file('log.json'), '{}\n');
      await time.step();
    }
    const { read, unreadable } = await scan;
    expect(names(await scan)).toEqual(['a']);
    expect([...read]).toEqual(['a.yaml']);
    expect(unreadable).toEqual([{ path: 'log.json', message: 'log.json: is being written', isLink: false }]);
    expect(time.warnings).toEqual(['files do not come to rest; taking the others']);
  });

  it('waits for a lock of Git in the checkout around it, and no longer than 30 s for one that a killed Git left', async () => {
    await mkdir(join(root, '.git'));
    await writeFile(join(root, '.git/index.lock'), '');
    await writeFile(file('a.yaml'), documentText('a'));
    const scan = follower.next(signal);
    while (time.nowMs < 30_000) await time.step();
    expect(names(await scan)).toEqual(['a']);
    expect(time.warnings).toEqual(['the lock of the Git checkout stays; going on without it']);
    await writeFile(file('b.yaml'), documentText('b'));
    const next = follower.next(signal);
    await time.step();
    expect(names(await next)).toEqual(['a', 'b']); // not another 30 s for the same lock
  });

  it('finds the lock of a worktree, whose Git directory is elsewhere', async () => {
    await mkdir(join(root, 'main/worktrees/one'), { recursive: true });
    await writeFile(join(root, 'resources/.git'), 'gitdir: ../main/worktrees/one\n');
    const lock = join(root, 'main/worktrees/one/index.lock');
    await writeFile(lock, '');
    await writeFile(file('a.yaml'), documentText('a'));
    const scan = follower.next(signal);
    for (let round = 0; round < 5; round += 1) await time.step();
    await time.waits();
    await rm(lock);
    await time.step();
    expect(names(await scan)).toEqual(['a']);
  });
});
