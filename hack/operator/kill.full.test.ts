import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { phaseOf } from '../kubernetes/registryAfterwards.ts';
import { collection, policy, request, type Story } from './killStories.ts';
import { conditionOf, OperatorWorld } from './world.ts';

const { signal } = new AbortController();
const mortal = new URL('mortal.ts', import.meta.url).pathname;
const worldsAtOnce = 3;
/** For a machine on which all of them start at once. */
const patienceMs = 120_000;
/** Looks at a run that goes on are many, and the first ones stand for all. */
const isOneOfMany = (call: string): boolean => call.startsWith('run ') && Number(call.slice('run '.length)) > 2;

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
  /** An operator mostly waits, for a start or for its registry: so there are several at a time, each with a registry of its own. */
  const worlds: OperatorWorld[] = [];

  beforeAll(async () => {
    while (worlds.length < worldsAtOnce) {
      const world = await OperatorWorld.start({}, signal);
      worlds.push(world);
      await world.push('team/app', 'kept', signal);
      await world.write('registry.yaml', world.registry({ limits: { unapprovedDeletes: 10 } }));
    }
  });
  afterAll(async () => {
    await Promise.all(worlds.map(async (world) => world.remove()));
  });

  /** A story from the beginning: no state, and an object that there never was. */
  async function begin(
    world: OperatorWorld,
    { tell }: Story,
    name: string,
    env: NodeJS.ProcessEnv,
  ): Promise<() => Promise<void>> {
    await rm(world.state, { recursive: true, force: true });
    await mkdir(world.state);
    const ended = await tell(world, name, signal);
    // One that dies before it is ready is no failure here.
    await world.startOperator(signal, { program: [mortal], env }).catch(() => undefined);
    return () => ended(world);
  }

  async function callsOf(world: OperatorWorld, story: Story, name: string): Promise<readonly string[]> {
    const file = join(world.folder, `calls-${story.kind}`);
    const ended = await begin(world, story, name, { COPPICE_CALLS: file });
    await world.ready(story.kind, name, story.reason, signal);
    await world.operator.end('SIGTERM');
    await ended();
    const calls = (await readFile(file, 'utf8')).trimEnd().split('\n');
    return calls.filter((call) => !isOneOfMany(call));
  }

  async function goesOn(world: OperatorWorld, story: Story, name: string, point: string): Promise<void> {
    const ended = await begin(world, story, name, { COPPICE_DIES_AT: point });
    await world.operator.gone();
    await world.startOperator(signal);
    const seen = await world.ready(story.kind, name, story.reason, signal, patienceMs);
    await world.operator.end('SIGTERM');
    expect(conditionOf(seen, 'Ready')?.status, point).toBe('True');
    await ended();
    expect(await ordersOf(world, name), point).toBe(1);
    expect(await phaseOf(world.firstReplica), point).toBe('OPEN');
    expect(await world.has('team/app', 'kept', signal), point).toBe(true);
  }

  it.each([request, policy, collection])('D1, G5, W5: goes on with a $kind, and does nothing twice', async (story) => {
    const [first] = worlds;
    if (first === undefined) throw new Error('no world');
    const prefix = story.kind.toLowerCase().slice(0, 3);
    const calls = await callsOf(first, story, `${prefix}-0`);
    const points = calls.flatMap((call) => [`before ${call}`, `after ${call}`]);
    console.log(`${story.kind}: killed at ${points.length} points\n  ${points.join('\n  ')}`);
    expect(points.length).toBeGreaterThanOrEqual(12);

    const left = [...points.entries()];
    const outcomes = await Promise.allSettled(
      worlds.map(async (world) => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) {
          const [at, point] = next;
          await goesOn(world, story, `${prefix}-${at + 1}`, point);
        }
      }),
    );
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  });
});
