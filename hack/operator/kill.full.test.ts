import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { coppice } from '../load/command.ts';
import { age } from '../load/tree.ts';
import { conditionOf, document, OperatorWorld, policyOf, requestOf } from './world.ts';

const { signal } = new AbortController();
const mortal = new URL('mortal.ts', import.meta.url).pathname;
/** Looks at a run that goes on are many, and the first ones stand for all. */
const isOneOfMany = (call: string): boolean => call.startsWith('run ') && Number(call.slice('run '.length)) > 2;

/** One thing that is to come about, told anew for each death. */
interface Story {
  readonly kind: string;
  /** Of the Ready condition in the end. */
  readonly reason: string;
  /** Writes the files; answers with what is to be so in the end. */
  readonly tell: (world: OperatorWorld, name: string) => Promise<(world: OperatorWorld) => Promise<void>>;
}

const request: Story = {
  kind: 'DeleteRequest',
  reason: 'Completed',
  async tell(world, name) {
    const digest = await world.push('team/app', name, signal);
    await world.write(
      'story.yaml',
      requestOf(name, { targets: [{ repository: 'team/app', digest }], mode: 'Execute' }),
    );
    return async () => {
      expect(await world.has('team/app', name, signal)).toBe(false);
      expect(await tombstonesOf(world, digest)).toBe(1);
    };
  },
};

const policy: Story = {
  kind: 'RetentionPolicy',
  reason: 'Enforced',
  async tell(world, name) {
    const repository = `team/${name}`;
    for (const tag of ['old', 'new']) await world.push(repository, tag, signal);
    await age(world.storage, 60_000); // what is younger than a promise is spared
    await world.push(repository, 'new', signal);
    const rules = [{ name: 'all', tags: { glob: ['*'] }, keep: { latest: 1 } }];
    await world.write(
      'story.yaml',
      policyOf(name, { mode: 'Enforce', repositories: { include: [repository] }, rules }),
    );
    return async () => {
      expect(await world.has(repository, 'old', signal)).toBe(false);
      expect(await world.has(repository, 'new', signal)).toBe(true);
    };
  },
};

const collection: Story = {
  kind: 'CollectionRun',
  reason: 'Completed',
  async tell(world, name) {
    await world.write(
      'story.yaml',
      document('CollectionRun', name, { registryRef: { name: 'main' }, mode: 'Execute' }),
    );
    return async () => {
      const seen = await world.object('CollectionRun', name);
      expect(seen?.status['audit']).toMatchObject({ missing: 0 });
    };
  },
};

async function tombstonesOf(world: OperatorWorld, digest: Digest): Promise<number> {
  const said = await coppice(['tombstones', '--admin', world.firstReplica.admin, '-o', 'json'], signal);
  return (JSON.parse(said.stdout) as { digest: string }[]).filter((one) => one.digest === digest).length;
}

/** How many runs that remove were ordered for the object: their input is on the storage. */
async function ordersOf(world: OperatorWorld, name: string): Promise<number> {
  const runs = join(world.storage, 'coppice/v1/runs');
  const mine = (await readdir(runs)).filter((run) => run.includes(name));
  const inputs = await Promise.all(mine.map(async (run) => inputOf(join(runs, run))));
  return inputs.filter((input) => input.includes('"mode":"execute"')).length;
}

async function inputOf(run: string): Promise<string> {
  const [file] = (await readdir(run)).filter((each) => each.startsWith('input'));
  return file === undefined ? '' : readFile(join(run, file), 'utf8');
}

describe('an operator that is killed at any of its steps', () => {
  let world: OperatorWorld;

  beforeAll(async () => {
    world = await OperatorWorld.start({}, signal);
    await world.push('team/app', 'kept', signal);
    await world.write('registry.yaml', world.registry({ limits: { unapprovedDeletes: 10 } }));
  });
  afterAll(async () => world.remove());

  /** A story from the beginning: no state, and an object that there never was. */
  async function begin({ tell }: Story, name: string, env: NodeJS.ProcessEnv): Promise<() => Promise<void>> {
    await rm(world.state, { recursive: true, force: true });
    await mkdir(world.state);
    const ended = await tell(world, name);
    // One that dies before it is ready is no failure here.
    await world.startOperator(signal, { program: [mortal], env }).catch(() => undefined);
    return () => ended(world);
  }

  async function callsOf(story: Story, name: string): Promise<readonly string[]> {
    const file = join(world.folder, `calls-${story.kind}`);
    const ended = await begin(story, name, { COPPICE_CALLS: file });
    await world.ready(story.kind, name, story.reason, signal);
    await world.operator.end('SIGTERM');
    await ended();
    const calls = (await readFile(file, 'utf8')).trimEnd().split('\n');
    return calls.filter((call) => !isOneOfMany(call));
  }

  it.each([request, policy, collection])('D1, G5, W5: goes on with a $kind, and does nothing twice', async (story) => {
    const prefix = story.kind.toLowerCase().slice(0, 3);
    const calls = await callsOf(story, `${prefix}-0`);
    const points = calls.flatMap((call) => [`before ${call}`, `after ${call}`]);
    console.log(`${story.kind}: killed at ${points.length} points\n  ${points.join('\n  ')}`);
    expect(points.length).toBeGreaterThanOrEqual(12);
    for (const [at, point] of points.entries()) {
      const name = `${prefix}-${at + 1}`;
      const ended = await begin(story, name, { COPPICE_DIES_AT: point });
      await world.operator.gone();
      await world.startOperator(signal);
      const seen = await world.ready(story.kind, name, story.reason, signal);
      await world.operator.end('SIGTERM');
      expect(conditionOf(seen, 'Ready')?.status, point).toBe('True');
      await ended();
      expect(await ordersOf(world, name), point).toBe(1);
      const status = await coppice(['status', '--admin', world.firstReplica.admin, '-o', 'json'], signal);
      expect(JSON.parse(status.stdout), point).toMatchObject({ gate: { phase: 'OPEN' } });
    }
    expect(await world.has('team/app', 'kept', signal)).toBe(true);
  });
});
