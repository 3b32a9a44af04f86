import { expect } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import type { Replica } from '../load/replica.ts';
import type { OperatorWorld } from '../operator/world.ts';

/** Of the gate, as a replica tells it: `OPEN` where no run and no window is on. */
export async function phaseOf({ admin }: Replica): Promise<string> {
  const { gate } = await asked<{ gate: { phase: string } }>(admin, 'status');
  return gate.phase;
}

/** What the tombstones name, each as often as there is one for it. */
export async function tombstoned({ admin }: Replica): Promise<readonly string[]> {
  const { items } = await asked<{ items: { digest: string }[] }>(admin, 'tombstones');
  return items.map(({ digest }) => digest);
}

/** These manifests were deleted, each once, and nothing else; every replica knows of no window. */
export async function deletedOnce(
  { replicas, firstReplica }: OperatorWorld,
  digests: readonly Digest[],
): Promise<void> {
  expect((await tombstoned(firstReplica)).toSorted()).toEqual(digests.toSorted());
  for (const replica of replicas) expect(await phaseOf(replica)).toBe('OPEN');
}

async function asked<T>(admin: string, what: string): Promise<T> {
  const answer = await fetch(`${admin}/coppice/v1/${what}`);
  const body = await answer.text();
  expect(answer.status, body).toBe(200);
  return JSON.parse(body) as T;
}
