import { afterEach, describe, expect, it } from 'vitest';
import { Problem } from '../../core/admin/problem.ts';
import type { RunOrder, RunView } from '../../core/admin/schema.ts';
import { parseRetentionPolicy } from '../../core/resources/retentionPolicy.ts';
import { Unanswered } from '../admin/client.ts';
import { FakeReplicas } from '../admin/testing/fakeReplicas.ts';
import { endedView, startingView } from '../admin/testing/runViews.ts';
import { keyText, type Resource } from '../resources/home.ts';
import { MemoryHome } from '../resources/testing/memoryHome.ts';
import { digestA, planOf, policyOf, registryOf, requestOf, someSpec } from '../retentionPolicy/testing/objects.ts';
import { HandClock } from '../runtime/testing/handClock.ts';
import { pause } from '../runtime/timers.ts';
import { Planner } from './planner.ts';

type Policy = Resource<'RetentionPolicy'>;
interface Document {
  readonly kind: 'RetentionPolicy' | 'DeleteRequest';
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

const registry = registryOf();
const stops: (() => Promise<void>)[] = [];

async function bench(replicas: FakeReplicas | 'absent' = new FakeReplicas()) {
  const clock = new HandClock();
  const home = new MemoryHome();
  const poked: string[] = [];
  const faults: unknown[] = [];
  const poke = (kind: string) => (key: Parameters<typeof keyText>[0]) => void poked.push(`${kind} ${keyText(key)}`);
  const planner = new Planner({
    home,
    replicasOf: () => {
      if (replicas === 'absent') throw new Error('there is no such thing');
      return replicas;
    },
    pokes: { RetentionPolicy: poke('RetentionPolicy'), DeleteRequest: poke('DeleteRequest') },
    mono: clock.mono,
    wait: (ms, signal) => pause(clock.timers, ms, signal),
    nonce: 'this process',
    onFault: (error) => faults.push(error),
  });
  stops.push(() => planner.stop());
  const apply = (name: string, spec = {}): Promise<Policy> =>
    home.apply({ kind: 'RetentionPolicy', metadata: { name }, spec: { ...someSpec, ...spec } });
  return { clock, home, poked, faults, planner, apply };
}

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

function documentsOf(documents: readonly unknown[] = []): readonly Document[] {
  return documents as readonly Document[];
}

function namesOf(documents: readonly unknown[] | undefined): readonly string[] {
  return documentsOf(documents).map(({ metadata: { name } }) => name);
}

/** What a replica makes of an order: one plan for each, at once. */
function plansAtOnce(order: RunOrder): RunView {
  const units = documentsOf([...order.input.policies, ...order.input.requests]);
  const plans = units.map(({ kind, metadata }) => planOf(metadata.name, { kind }));
  return { ...endedView(startingView(order), { reason: 'Preview', succeeded: true }), plans };
}

describe('Planner', () => {
  it('makes few runs of what many ask for at once, each of at most a hundred', async () => {
    const replicas = new FakeReplicas();
    replicas.onOrder = plansAtOnce;
    const { clock, planner, poked, apply } = await bench(replicas);
    const policies = await Promise.all(Array.from({ length: 250 }, (_, index) => apply(`p-${index}`)));
    for (const policy of policies) expect(planner.ask(registry, policy, 'generation')).toEqual({ is: 'pending' });
    await clock.advance(1000);
    expect(replicas.orders.map(({ input }) => input.policies.length)).toEqual([100, 100, 50]);
    expect(new Set(replicas.orders.map(({ id }) => id)).size).toBe(3);
    expect(new Set(poked).size).toBe(250);
    for (const policy of policies) {
      expect(planner.ask(registry, policy, 'generation')).toMatchObject({ is: 'planned', plan: { digest: digestA } });
    }
  });

  it('R1: what is not planned keeps: every other policy of the Registry, also one that is suspended', async () => {
    const replicas = new FakeReplicas();
    const { clock, planner, apply } = await bench(replicas);
    const asked = await apply('a');
    await apply('b', { suspend: true, mode: 'Enforce' });
    await apply('elsewhere', { registryRef: { name: 'other' } });
    planner.ask(registry, asked, 'generation');
    await clock.advance(100);
    const [order] = replicas.orders;
    expect(order).toMatchObject({ mode: 'plan', plans: 'each', input: { collect: false, requests: [] } });
    expect(namesOf(order?.input.policies)).toEqual(['a']);
    expect(namesOf(order?.input.keepers)).toEqual(['b']);
    expect(order?.input.limits).toEqual({ maxDeletesPerRun: 5000 });
  });

  it('R1: a policy that is not understood keeps all of its repositories, and the others go on', async () => {
    const replicas = new FakeReplicas();
    const { clock, planner, apply } = await bench(replicas);
    await apply('broken', { rules: [{ name: 'bad', tags: { regex: '(' }, keep: {} }] });
    planner.ask(registry, await apply('whole'), 'generation');
    await clock.advance(100);
    const keepers = documentsOf(replicas.orders[0]?.input.keepers);
    expect(keepers.map((keeper) => parseRetentionPolicy(keeper).ok)).toEqual([true]);
    expect(keepers[0]?.spec).toMatchObject({
      repositories: { include: ['team-a/**'] },
      rules: [{ tags: { glob: ['*'] } }, { tags: { untagged: true } }],
    });
  });

  it('plans a request whatever its mode, what was approved and whether it is suspended', async () => {
    const replicas = new FakeReplicas();
    replicas.onOrder = plansAtOnce;
    const { clock, planner, poked, apply } = await bench(replicas);
    await apply('a');
    const request = requestOf('cve');
    planner.ask(registry, request, '');
    await clock.advance(200);
    const [order] = replicas.orders;
    expect(order?.input.policies).toEqual([]);
    expect(order?.input.keepers).toEqual([]);
    expect(documentsOf(order?.input.requests)[0]?.spec).toEqual({
      registryRef: { name: 'main' },
      targets: request.spec.targets,
      mode: 'Execute',
    });
    expect(poked).toEqual(['DeleteRequest default/cve']);
    expect(planner.ask(registry, request, '')).toMatchObject({ is: 'planned', plan: { kind: 'DeleteRequest' } });
  });

  it('D1: says that a request was carried out before', async () => {
    const replicas = new FakeReplicas();
    replicas.onOrder = (order) => ({ ...plansAtOnce(order), plans: [], alreadyAbsent: ['default/cve'] });
    const { clock, planner } = await bench(replicas);
    const request = requestOf('cve');
    planner.ask(registry, request, '');
    await clock.advance(200);
    expect(planner.ask(registry, request, '')).toMatchObject({ is: 'alreadyAbsent' });
  });

  it('plans again for another generation, another token and another object of the name, and not for the same', async () => {
    const replicas = new FakeReplicas();
    replicas.onOrder = plansAtOnce;
    const { clock, planner, apply } = await bench(replicas);
    const policy = await apply('a');
    const asks: (readonly [Policy, string, number])[] = [
      [policy, 'one', 1],
      [policy, 'one', 1],
      [policy, 'two', 2],
      [{ ...policy, metadata: { ...policy.metadata, generation: 2 } }, 'two', 3],
      [{ ...policy, metadata: { ...policy.metadata, generation: 2, uid: 'another' } }, 'two', 4],
    ];
    for (const [object, token, orders] of asks) {
      planner.ask(registry, object, token);
      await clock.advance(1000);
      expect(planner.ask(registry, object, token).is).toBe('planned');
      expect(replicas.orders.length).toBe(orders);
    }
    planner.forget(policy);
    expect(planner.ask(registry, policy, 'two')).toEqual({ is: 'pending' });
  });

  it('orders the others again without a unit that the registry does not understand, which keeps from them', async () => {
    const replicas = new FakeReplicas();
    replicas.onOrder = (order) => {
      const at = namesOf(order.input.policies).indexOf('bad');
      if (at === -1) return plansAtOnce(order);
      const says = 'is not a field here';
      throw new Problem('INVALID', 'the order has mistakes', [{ path: `input.policies[${at}].spec.rules[0].x`, says }]);
    };
    const { clock, planner, apply } = await bench(replicas);
    const [a, bad, c] = await Promise.all(['a', 'bad', 'c'].map((name) => apply(name)));
    for (const one of [a, bad, c]) if (one !== undefined) planner.ask(registry, one, '');
    await clock.advance(1000);
    const isOf = (one: Policy | undefined) => (one === undefined ? undefined : planner.ask(registry, one, ''));
    expect(isOf(a)).toMatchObject({ is: 'planned' });
    expect(isOf(c)).toMatchObject({ is: 'planned' });
    expect(isOf(bad)).toEqual({ is: 'failed', reason: 'InvalidSpec', message: 'spec.rules[0].x is not a field here' });
    const last = replicas.orders.at(-1);
    expect(namesOf(last?.input.policies)).toEqual(['a', 'c']);
    expect(documentsOf(last?.input.keepers)[0]).toMatchObject({
      metadata: { name: 'bad' },
      spec: { rules: [{ name: 'tags' }, { name: 'untagged' }] },
    });
  });

  it('believes in a keeper less each time that the registry refuses it', async () => {
    const replicas = new FakeReplicas();
    let refusals = 0;
    replicas.onOrder = (order) => {
      if ((refusals += 1) > 2) return plansAtOnce(order);
      throw new Problem('INVALID', 'the order has mistakes', [{ path: 'input.keepers[0].spec', says: 'is odd' }]);
    };
    const { clock, planner, apply } = await bench(replicas);
    await apply('keeper');
    const asked = await apply('asked');
    planner.ask(registry, asked, '');
    await clock.advance(1000);
    expect(planner.ask(registry, asked, '').is).toBe('planned');
    const specs = replicas.orders.map(({ input }) => documentsOf(input.keepers)[0]?.spec);
    expect(specs).toMatchObject([
      { repositories: { include: ['team-a/**'] }, rules: [{ name: 'branches' }] },
      { repositories: { include: ['team-a/**'] }, rules: [{ name: 'tags' }, { name: 'untagged' }] },
      { repositories: { include: ['**'] }, rules: [{ name: 'tags' }, { name: 'untagged' }] },
    ]);
  });

  it('finds by halves what is refused without a word of where', async () => {
    const replicas = new FakeReplicas();
    replicas.onOrder = (order) => {
      if (!namesOf(order.input.policies).includes('p-3')) return plansAtOnce(order);
      throw new Problem('INVALID', 'something is odd');
    };
    const { clock, planner, apply } = await bench(replicas);
    const policies = await Promise.all(Array.from({ length: 7 }, (_, index) => apply(`p-${index}`)));
    for (const policy of policies) planner.ask(registry, policy, '');
    await clock.advance(1000);
    const found = policies.map((policy) => planner.ask(registry, policy, '').is);
    expect(found).toEqual(['planned', 'planned', 'planned', 'failed', 'planned', 'planned', 'planned']);
  });

  const failures: {
    readonly name: string;
    readonly make: (order: RunOrder) => RunView;
    readonly failed: { readonly reason: string; readonly message: RegExp };
  }[] = [
    {
      name: 'a run that ended otherwise',
      make: (order) => endedView(startingView(order), { reason: 'Doubt', message: 'a/b is unreadable' }),
      failed: { reason: 'Doubt', message: /unreadable/ },
    },
    {
      name: 'a registry that says nothing of it',
      make: (order) => ({ ...plansAtOnce(order), plans: [planOf('another')] }),
      failed: { reason: 'InternalError', message: /says nothing of it/ },
    },
    {
      name: 'a registry that says two things of it',
      make: (order) => ({ ...plansAtOnce(order), plans: [planOf('a'), planOf('a', { entries: 0 })] }),
      failed: { reason: 'InternalError', message: /says two things/ },
    },
    {
      name: 'a registry that tells of another run',
      make: (order) => ({ ...plansAtOnce(order), id: 'another' }),
      failed: { reason: 'InternalError', message: /another run/ },
    },
    {
      name: 'a registry that names no moment',
      make: (order) => endedView(startingView(order), { reason: 'Preview', succeeded: true, at: 'soon' }),
      failed: { reason: 'InternalError', message: /no moment/ },
    },
    {
      name: 'a registry that lost the answer',
      make: () => {
        throw new Unanswered('the connection broke');
      },
      failed: { reason: 'RegistryUnavailable', message: /broke/ },
    },
    {
      name: 'a registry that does not let this key plan',
      make: () => {
        throw new Problem('FORBIDDEN', 'this key may only read');
      },
      failed: { reason: 'RegistryUnavailable', message: /FORBIDDEN: this key may only read/ },
    },
    {
      name: 'a registry that answers with a fault of this program',
      make: () => {
        throw new TypeError('undefined is not a function');
      },
      failed: { reason: 'InternalError', message: /not a function/ },
    },
  ];
  it.each(failures)('tells of $name', async ({ make, failed }) => {
    const replicas = new FakeReplicas();
    replicas.onOrder = make;
    const { clock, planner, poked, apply } = await bench(replicas);
    const policy = await apply('a');
    planner.ask(registry, policy, '');
    await clock.advance(1000);
    expect(poked).toEqual(['RetentionPolicy default/a']);
    const told = planner.ask(registry, policy, '');
    expect(told).toMatchObject({ is: 'failed', reason: failed.reason });
    expect(told.is === 'failed' && told.message).toMatch(failed.message);
  });

  it('tells a failure until it is time to try again, later each time', async () => {
    const replicas = new FakeReplicas();
    replicas.isSilent = true;
    const { clock, planner, apply } = await bench(replicas);
    const policy = await apply('a');
    const ask = () => planner.ask(registry, policy, '').is;
    ask();
    await clock.advance(200);
    await clock.advance(4000);
    expect(ask()).toBe('failed');
    await clock.advance(1000);
    expect(ask()).toBe('pending');
    await clock.advance(200);
    await clock.advance(9000);
    expect(ask()).toBe('failed');
    replicas.isSilent = false;
    replicas.onOrder = plansAtOnce;
    await clock.advance(1000);
    expect(ask()).toBe('pending');
    await clock.advance(200);
    expect(ask()).toBe('planned');
  });

  it('follows a run over silence of the registry, and orders it again where it was forgotten', async () => {
    const replicas = new FakeReplicas();
    const { clock, planner, apply } = await bench(replicas);
    const policy = await apply('a');
    planner.ask(registry, policy, '');
    await clock.advance(200);
    const id = replicas.orders[0]?.id ?? '';
    replicas.isSilent = true;
    await clock.advance(20_000);
    replicas.isSilent = false;
    replicas.lose(id);
    await clock.advance(2000);
    expect(replicas.orders.map((order) => order.id)).toEqual([id, id]);
    const [order] = replicas.orders;
    if (order !== undefined) replicas.show(plansAtOnce(order));
    await clock.advance(2000);
    expect(planner.ask(registry, policy, '').is).toBe('planned');
  });

  it('gives a registry up that does not come back, or whose run does not move', async () => {
    const replicas = new FakeReplicas();
    const { clock, planner, apply } = await bench(replicas);
    const policy = await apply('a');
    planner.ask(registry, policy, 'one');
    await clock.advance(200);
    replicas.isSilent = true;
    await clock.advance(32_000);
    expect(planner.ask(registry, policy, 'one')).toMatchObject({ is: 'failed', reason: 'RegistryUnavailable' });
    replicas.isSilent = false;
    planner.ask(registry, policy, 'two');
    await clock.advance(602_000);
    const told = planner.ask(registry, policy, 'two');
    expect(told.is === 'failed' && told.message).toMatch(/has not moved for 10 minutes/);
    expect(replicas.cancelled).toEqual([replicas.orders[1]?.id]);
  });

  it('cancels a run whose plans nobody wants any more, and takes up what was asked meanwhile', async () => {
    const replicas = new FakeReplicas();
    const { clock, planner, apply } = await bench(replicas);
    const policy = await apply('a');
    planner.ask(registry, policy, 'one');
    await clock.advance(200);
    planner.ask(registry, policy, 'two');
    replicas.onOrder = plansAtOnce;
    await clock.advance(2000);
    expect(replicas.cancelled).toEqual([replicas.orders[0]?.id]);
    expect(planner.ask(registry, policy, 'two').is).toBe('planned');
  });

  it('stops: cancels what goes on, leaves no timer, and does nothing more', async () => {
    const replicas = new FakeReplicas();
    const { clock, planner, faults, apply } = await bench(replicas);
    const policy = await apply('a');
    planner.ask(registry, policy, 'one');
    await clock.advance(200);
    await planner.stop();
    expect(replicas.cancelled).toEqual([replicas.orders[0]?.id]);
    expect(planner.ask(registry, policy, 'two')).toEqual({ is: 'pending' });
    await clock.advance(1000);
    expect([clock.armed, replicas.orders.length, faults]).toEqual([0, 1, []]);
  });

  it('tells a fault of its own to everybody who waits, and to the log', async () => {
    const { clock, planner, faults } = await bench('absent');
    const policy = policyOf();
    planner.ask(registry, policy, '');
    await clock.advance(200);
    expect(planner.ask(registry, policy, '')).toMatchObject({ is: 'failed', reason: 'InternalError' });
    expect(faults).toHaveLength(1);
  });
});
