import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RegistryClient } from '../load/client.ts';
import { Fleet } from '../load/fleet.ts';
import type { Replica } from '../load/replica.ts';
import { age } from '../load/tree.ts';
import { held, holdsOf } from '../soak/holds.ts';
import { clients } from './clients.ts';
import { heldDurations, holdTags } from './heldTags.ts';
import { runnableImage } from './runnable.ts';
import type { Session } from './session.ts';

const { signal } = new AbortController();
const tag = '1.0.0';
const next = '2.0.0';
const acknowledged = { is: 'acknowledged' };
const weekMs = 7 * 24 * 3_600_000;
/** How long the run is frozen where it goes on. */
const frozenMs = 3000;
/** What these print when they are told to come again; they do not. */
const givesUp: Readonly<Record<string, RegExp>> = {
  docker: /unexpected HTTP status: 503/,
  helm3: /failed to read expected number of bytes: unexpected EOF/,
  skopeo: /toomanyrequests/,
};

interface User {
  readonly name: string;
  readonly session: Session;
  readonly reference: string;
}

describe('while a window holds what they push', () => {
  let folder: string;
  let fleet: Fleet;
  let replica: Replica;
  let ours: RegistryClient;
  const users: User[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-held-'));
  });

  afterEach(async () => {
    for (const { session } of users.splice(0)) await session.end?.();
    await fleet.end();
    await rm(folder, { recursive: true });
  });

  /** Everybody has pushed already, longer ago than a promise lasts. */
  async function begin(holding: Readonly<Record<'window' | 'holdBudget', string>>): Promise<void> {
    fleet = await Fleet.start(1, { folder, coppice: { ...heldDurations, ...holding } }, signal);
    const [first] = fleet.replicas;
    if (first === undefined) throw new Error('no replica');
    replica = first;
    ours = new RegistryClient(replica.api, { retryAfterMs: [], pause: async (ms) => pause(ms) });
    for (const version of [tag, next])
      expect(await ours.push('source/app', await runnableImage(version), version, signal)).toEqual(acknowledged);
    for (const client of clients) {
      const home = join(folder, client.name);
      await mkdir(home);
      const session = await client.begin({ host: new URL(replica.api).host }, home, signal);
      const reference = `held/${client.name}/app:${tag}`;
      users.push({ name: client.name, session, reference });
      if (client.pushes !== 'a chart') await session.pull(`source/app:${tag}`);
      await session.push(reference);
      // What they push next is another image: most push nothing where a tag names it already.
      if (client.pushes !== 'a chart') await session.pull(`source/app:${next}`);
    }
    await age(fleet.storage, weekMs);
  }

  /** At the same time; what each printed where it failed. */
  async function pushAll(): Promise<Record<string, string>> {
    const outcome = async ({ name, session, reference }: User): Promise<[string, string]> => {
      const began = performance.now();
      const what = await session.push(reference).then(
        () => 'pushed',
        (error: unknown) => String(error),
      );
      console.log(`${name}, ${((performance.now() - began) / 1000).toFixed(1)} s: ${what}`);
      return [name, what];
    };
    return Object.fromEntries(await Promise.all(users.map(outcome)));
  }

  async function expectPushed(outcomes: Readonly<Record<string, string>>): Promise<void> {
    expect(outcomes).toEqual(Object.fromEntries(users.map(({ name }) => [name, 'pushed'])));
    for (const { reference } of users) {
      const [repository = ''] = reference.split(':');
      expect(await ours.pull(repository, tag, signal), reference).toMatchObject({ is: 'whole' });
    }
  }

  it('clients wait, and have pushed when it is over', async () => {
    await begin({ window: '18s', holdBudget: '15s' });
    const window = await holdTags({ storage: fleet.storage, replica, folder }, signal);
    try {
      const pushes = pushAll();
      await pause(frozenMs);
      expect(await window.goOn()).toBe(0);
      await expectPushed(await pushes);
    } finally {
      await window.end();
    }
    expect(held(await holdsOf(replica.metrics, signal))).toBeGreaterThanOrEqual(users.length);
  });

  it('clients that it keeps for longer than a request waits come again, or say that they give up', async () => {
    await begin({ window: '6s', holdBudget: '2s' });
    const window = await holdTags({ storage: fleet.storage, replica, folder }, signal);
    try {
      const outcomes = await pushAll();
      for (const [name, what] of Object.entries(outcomes))
        if (what !== 'pushed') expect(what).toMatch(givesUp[name] ?? /^pushed$/);
      expect(held(await holdsOf(replica.metrics, signal))).toBeGreaterThanOrEqual(users.length);
    } finally {
      await window.end();
    }
    await expectPushed(await pushAll()); // and whoever gave up is served the next time, for the window has lapsed
  });
});
