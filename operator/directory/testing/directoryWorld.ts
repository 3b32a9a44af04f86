import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { apiVersion, type Draft, type Kind, type Resource } from '../../resources/home.ts';
import { systemTimers, type Timers } from '../../runtime/timers.ts';
import { type DirectoryHome, openDirectoryHome } from '../directoryHome.ts';

const { signal } = new AbortController();
const patience = { timeout: 15_000, interval: 20 };

/** Nobody waits for a test: its clock runs ten times as fast. */
const speed = 10;
const fastTimers: Timers = { after: (ms, run) => systemTimers.after(ms / speed, run) };

/** A directory of resources, its state, and the home over both. */
export class DirectoryWorld {
  readonly root: string;
  readonly resources: string;
  readonly state: string;
  readonly told: string[] = [];
  #open: DirectoryHome | undefined;

  private constructor(root: string) {
    this.root = root;
    this.resources = join(root, 'resources');
    this.state = join(root, 'state');
  }

  static async make(): Promise<DirectoryWorld> {
    const world = new DirectoryWorld(await mkdtemp(join(tmpdir(), 'coppice-home-')));
    await mkdir(world.resources);
    return world;
  }

  get opened(): DirectoryHome {
    return this.#open ?? expect.fail('the home is not open');
  }

  async open(
    options: { readonly state?: string; readonly resources?: string; readonly text?: string } = {},
  ): Promise<DirectoryHome> {
    const { state = this.state, resources = this.resources, text } = options;
    const tell = (_: object, message: string): void => {
      this.told.push(message);
    };
    const home = await openDirectoryHome(
      {
        resources: text === undefined ? resources : { from: 'text', text: async () => text },
        state,
        now: () => Date.now(),
        mono: () => performance.now() * speed,
        timers: fastTimers,
        fresh: randomUUID,
        log: { info: tell, warn: tell, error: tell },
      },
      signal,
    );
    this.#open = home;
    return home;
  }

  async reopen(): Promise<DirectoryHome> {
    await this.close();
    return this.open();
  }

  async close(): Promise<void> {
    await this.#open?.close();
    this.#open = undefined;
  }

  async remove(): Promise<void> {
    await this.close();
    await rm(this.root, { recursive: true });
  }

  /** As editors do it: whole, in one step. */
  async write(path: string, content: string): Promise<void> {
    const target = join(this.resources, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(join(this.root, 'being-written'), content);
    await rename(join(this.root, 'being-written'), target);
  }

  async unlink(path: string): Promise<void> {
    await rm(join(this.resources, path), { recursive: true });
  }

  async request(name: string): Promise<Resource<'DeleteRequest'> | undefined> {
    return this.opened.home.get('DeleteRequest', { namespace: 'default', name }, signal);
  }

  /** The names of all requests. */
  async names(): Promise<readonly string[]> {
    const { items } = await this.opened.home.list('DeleteRequest', signal);
    return items.map(({ metadata }) => metadata.name).toSorted();
  }

  async untilNames(...names: readonly string[]): Promise<void> {
    await expect.poll(async () => this.names(), patience).toEqual(names.toSorted());
  }

  async until(said: () => unknown): Promise<void> {
    await expect.poll(async () => Boolean(await said()), patience).toBe(true);
  }

  /** What is refused, each with its file and line. */
  refusals(): readonly string[] {
    return this.opened.refusals().map(({ message }) => message);
  }

  async untilRefused(...messages: readonly RegExp[]): Promise<void> {
    await expect
      .poll(() => this.refusals(), patience)
      .toEqual(messages.map((message) => expect.stringMatching(message) as unknown));
  }
}

/** As users write it. */
export function yaml<K extends Kind>({ kind, metadata, spec }: Draft<K>): string {
  return stringify({ apiVersion, kind, metadata, spec });
}
