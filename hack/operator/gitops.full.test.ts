import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { coppice } from '../load/command.ts';
import { conditionOf, OperatorWorld, planDigest, requestOf, type Seen } from './world.ts';

const { signal } = new AbortController();
const repository = 'team/app';

function reasonOf(seen: Seen | undefined): string | undefined {
  return conditionOf(seen, 'Ready')?.reason;
}

async function tombstones(world: OperatorWorld): Promise<readonly { repository: string; digest: string }[]> {
  const said = await coppice(['tombstones', '--admin', world.firstReplica.admin, '-o', 'json'], signal);
  return JSON.parse(said.stdout) as { repository: string; digest: string }[];
}

describe('DeleteRequests kept in Git', () => {
  let world: OperatorWorld;
  let unwanted: Digest;

  beforeEach(async () => {
    world = await OperatorWorld.start({ replicas: 2 }, signal);
    unwanted = await world.push(repository, 'unwanted', signal);
    await world.push(repository, 'kept', signal);
    await world.write('registry.yaml', world.registry());
    await world.startOperator(signal);
  });
  afterEach(async () => world.remove());

  const spec = (more: object = {}): object => ({ targets: [{ repository, digest: unwanted }], ...more });
  const apply = async (more: object = {}): Promise<void> => world.write('request.yaml', requestOf('dr', spec(more)));

  /** Preview, and what it takes to carry that out. */
  async function approved(): Promise<object> {
    await apply();
    const seen = await world.ready('DeleteRequest', 'dr', 'PlanReady', signal);
    return { mode: 'Execute', approvedPlan: planDigest(seen) };
  }

  async function execute(): Promise<object> {
    const execution = await approved();
    await apply(execution);
    await world.ready('DeleteRequest', 'dr', 'Completed', signal);
    return execution;
  }

  it('D1, D2: deleted and made again each second, delete once and nothing that was pushed since', async () => {
    const execution = await execute();
    expect(await world.has(repository, 'unwanted', signal)).toBe(false);
    await world.push(repository, 'unwanted', signal); // the same digest, wanted again
    const uids = new Set<string>();
    for (let round = 0; round < 4; round += 1) {
      await world.unlink('request.yaml');
      await world.until('DeleteRequest', 'dr', (seen) => seen === undefined, signal);
      await apply(execution);
      const seen = await world.ready('DeleteRequest', 'dr', 'AlreadyAbsent', signal);
      uids.add(seen.metadata.uid);
      expect(conditionOf(seen, 'Succeeded')?.status).toBe('True');
    }
    expect(uids.size).toBe(4);
    expect(await world.has(repository, 'unwanted', signal)).toBe(true);
    expect((await tombstones(world)).length).toBe(1);
  });

  it('D1: restored with new uids, after all state was lost, delete nothing new', async () => {
    const execution = await execute();
    const before = await world.object('DeleteRequest', 'dr');
    await world.push(repository, 'unwanted', signal);
    await world.operator.end('SIGTERM');
    await rm(world.state, { recursive: true });
    await apply(execution);
    await world.startOperator(signal);
    const after = await world.ready('DeleteRequest', 'dr', 'AlreadyAbsent', signal);
    expect(after.metadata.uid).not.toBe(before?.metadata.uid);
    expect(await world.has(repository, 'unwanted', signal)).toBe(true);
  });

  it('are ready again when the approval of another plan is reverted', async () => {
    await approved();
    await apply({ mode: 'Execute', approvedPlan: `sha256:${'0'.repeat(64)}` });
    const stalled = await world.ready('DeleteRequest', 'dr', 'PlanChanged', signal);
    expect(conditionOf(stalled, 'Stalled')?.status).toBe('True');
    await apply();
    await world.ready('DeleteRequest', 'dr', 'PlanReady', signal);
    expect(await world.has(repository, 'unwanted', signal)).toBe(true);
  });

  it('are ready again when an execution without approval is reverted', async () => {
    await apply({ mode: 'Execute' });
    const stalled = await world.ready('DeleteRequest', 'dr', 'ApprovalRequired', signal);
    expect(conditionOf(stalled, 'Ready')?.message).toContain(planDigest(stalled));
    await apply();
    await world.ready('DeleteRequest', 'dr', 'PlanReady', signal);
    expect(await world.has(repository, 'unwanted', signal)).toBe(true);
  });

  it('are ready again when they are reverted before a window may open', async () => {
    await world.write(
      'registry.yaml',
      world.registry({ collection: { allowed: [{ schedule: '0 0 29 2 *', duration: '1m' }] } }),
    );
    const execution = await approved();
    await apply(execution);
    await world.ready('DeleteRequest', 'dr', 'WaitingForWindow', signal);
    await apply();
    await world.ready('DeleteRequest', 'dr', 'PlanReady', signal);
    expect(await world.has(repository, 'unwanted', signal)).toBe(true);
  });

  it('go on when they are reverted while they execute, and say so', async () => {
    const execution = await approved();
    world.replicas[1]?.send('SIGSTOP'); // the run waits for its acknowledgement, then fences it
    await apply(execution);
    await world.until('DeleteRequest', 'dr', (seen) => reasonOf(seen) === 'Executing', signal);
    await apply();
    await world.ready('DeleteRequest', 'dr', 'Completed', signal);
    world.replicas[1]?.send('SIGCONT');
    expect(await world.has(repository, 'unwanted', signal)).toBe(false);
    const events = await coppice(['events', '--state', world.state, '-o', 'json'], signal);
    expect(events.stdout).toContain('ModeChangeIgnored');
  });

  it('stay completed when they are reverted afterwards', async () => {
    await execute();
    await apply();
    const seen = await world.ready('DeleteRequest', 'dr', 'Completed', signal);
    expect(conditionOf(seen, 'Succeeded')?.status).toBe('True');
    await world.unlink('request.yaml');
    await world.until('DeleteRequest', 'dr', (one) => one === undefined, signal);
    expect(await world.has(repository, 'kept', signal)).toBe(true);
  });

  it('G7: are cancelled when their file is removed while they execute, and gone within seconds', async () => {
    const execution = await approved();
    world.replicas[1]?.send('SIGSTOP');
    await apply(execution);
    const executing = await world.until('DeleteRequest', 'dr', (seen) => reasonOf(seen) === 'Executing', signal);
    expect(executing?.metadata.finalizers).toEqual(['coppice.dev/run']);
    await world.unlink('request.yaml');
    await world.until('DeleteRequest', 'dr', (seen) => seen === undefined, signal);
    world.replicas[1]?.send('SIGCONT');
    expect(await world.has(repository, 'kept', signal)).toBe(true);
  });

  it('are gone within seconds also when no replica answers', async () => {
    const execution = await approved();
    world.replicas[1]?.send('SIGSTOP');
    await apply(execution);
    await world.until('DeleteRequest', 'dr', (seen) => reasonOf(seen) === 'Executing', signal);
    for (const replica of world.replicas) await replica.end('SIGKILL');
    await world.unlink('request.yaml');
    await world.until('DeleteRequest', 'dr', (seen) => seen === undefined, signal);
  });

  it('are carried out once by two operators that know nothing of each other', async () => {
    const second = join(world.folder, 'state-2');
    const refused = await coppice(['operator', '--resources', world.resources, '--state', world.state], signal);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain(world.state);

    const execution = await approved();
    const others = await OperatorWorld.otherOperator(world, second, signal);
    try {
      await apply(execution);
      const done = (seen: Seen | undefined): boolean => conditionOf(seen, 'Succeeded')?.status === 'True';
      await world.until('DeleteRequest', 'dr', done, signal);
      await world.until('DeleteRequest', 'dr', done, signal, 30_000, second);
    } finally {
      await others.end('SIGTERM');
    }
    expect((await tombstones(world)).length).toBe(1);
    expect(await world.has(repository, 'unwanted', signal)).toBe(false);
    expect(await world.has(repository, 'kept', signal)).toBe(true);
  });
});
