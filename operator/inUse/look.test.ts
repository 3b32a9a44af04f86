import { describe, expect, it } from 'vitest';
import { lookAtWorkloads, scopeOf } from './look.ts';
import { workloadKinds } from './ports.ts';
import { FakeWorkloads, workload } from './testing/workloads.ts';

const { signal } = new AbortController();
const budgetMs = 60_000;
const everywhere = scopeOf({});

function tagsOf({ used }: Awaited<ReturnType<typeof lookAtWorkloads>>): readonly string[] {
  return used.listed().tags.map(({ repository, tag }) => `${repository}:${tag}`);
}

describe('a look at the workloads of a cluster', () => {
  it('finds what every kind uses', async () => {
    const objects = workloadKinds.map((kind) => [kind, [workload(kind, 'a', `r.io/${kind.toLowerCase()}:1`)]]);
    const look = await lookAtWorkloads(
      new FakeWorkloads(Object.fromEntries(objects) as object),
      everywhere,
      budgetMs,
      signal,
    );
    expect(look).toMatchObject({ workloads: 8, unlisted: [] });
    expect(tagsOf(look)).toEqual(workloadKinds.map((kind) => `${kind.toLowerCase()}:1`).toSorted());
  });

  it('R1: names every kind that cannot be listed to its end, and knows what the others use', async () => {
    const cluster = new FakeWorkloads({
      Pod: [workload('Pod', 'a', 'r.io/pod:1')],
      Job: [workload('Job', 'a', 'r.io/job:1')],
    });
    cluster.failures.set('Pod', new Error('the connection broke'));
    cluster.failures.set('CronJob', new Error('cronjobs.batch is forbidden'));
    const look = await lookAtWorkloads(cluster, everywhere, budgetMs, signal);
    expect(look.unlisted).toEqual([
      { kind: 'Pod', why: 'the connection broke' },
      { kind: 'CronJob', why: 'cronjobs.batch is forbidden' },
    ]);
    expect(tagsOf(look)).toEqual(['job:1', 'pod:1']);
  });

  it('R1: names a kind with an object that is not understood, and the first such object', async () => {
    const cluster = new FakeWorkloads({
      Deployment: [
        workload('Deployment', 'well', 'r.io/a:1'),
        { metadata: { namespace: 'team', name: 'odd' }, spec: {} },
        { metadata: { namespace: 'team', name: 'odder' } },
        workload('Deployment', 'after', 'r.io/b:1'),
      ],
      Pod: ['hello'],
    });
    cluster.pageSize = 1;
    const look = await lookAtWorkloads(cluster, everywhere, budgetMs, signal);
    expect(look.unlisted).toEqual([
      { kind: 'Pod', why: '"hello": it must be object' },
      { kind: 'Deployment', why: 'team/odd: spec must have required properties template' },
    ]);
    expect(tagsOf(look)).toEqual(['a:1', 'b:1']);
  });

  it('counts a kind whose list does not end in time as not listed', async () => {
    const cluster = new FakeWorkloads({ Pod: [workload('Pod', 'a', 'r.io/pod:1')] });
    cluster.hangs = true;
    const look = await lookAtWorkloads(cluster, { ...everywhere, kinds: ['Pod', 'Job'] }, 20, signal);
    expect(look.unlisted).toEqual([
      { kind: 'Pod', why: 'not listed within 0.02 s' },
      { kind: 'Job', why: 'not listed within 0.02 s' },
    ]);
    expect(tagsOf(look)).toEqual(['pod:1']);
  });

  it('ends without an answer when nobody wants to know any more', async () => {
    const cluster = new FakeWorkloads();
    cluster.hangs = true;
    const stopping = new AbortController();
    const looking = lookAtWorkloads(cluster, everywhere, budgetMs, stopping.signal);
    stopping.abort(new Error('the program stops'));
    await expect(looking).rejects.toThrow('the program stops');
  });

  it('asks for the kinds and namespaces that the Registry names, and without any for all', async () => {
    const [named, all] = [new FakeWorkloads(), new FakeWorkloads()];
    const cluster = { namespaces: ['a', 'b'], kinds: ['Pod', 'Job'] as const };
    await lookAtWorkloads(named, scopeOf({ protections: { cluster } }), budgetMs, signal);
    await lookAtWorkloads(all, scopeOf({ protections: { cluster: { namespaces: [], kinds: [] } } }), budgetMs, signal);
    expect(named.asked).toEqual(['a/Pod', 'b/Pod', 'a/Job', 'b/Job']);
    expect(all.asked).toEqual(workloadKinds);
  });

  it('holds no more of 10,000 pods than what they use', async () => {
    const pods = Array.from({ length: 10_000 }, (_, n) =>
      workload('Pod', `p${n}`, `r.io/team/app:v${n % 40}`, 'busybox'),
    );
    const look = await lookAtWorkloads(new FakeWorkloads({ Pod: pods }), everywhere, budgetMs, signal);
    expect(look).toMatchObject({ workloads: 10_000, unlisted: [] });
    expect(look.used.counts).toEqual({ digests: 0, tags: 41 });
  });
});
