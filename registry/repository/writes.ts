import type { Commits, Content } from '../storage/driver.ts';
import { type Operation, Refused } from '../window/admission.ts';

/** One write of a commit: looked at before, and refused by the storage if it comes too late (W7). What landed before it stays: complete, or garbage. */
export async function mustLand(operation: Operation, write: () => Promise<'landed' | 'refused'>): Promise<void> {
  operation.mustStillHold();
  if ((await write()) === 'refused') throw refusedByStorage();
}

/** What is to stand at `path`. */
export interface Write {
  readonly path: string;
  readonly content: Content;
}

/**
 * Writes that are seen one after the other, each durable before the next but for what may be lost, as when each were committed by itself; what nobody can see
 * yet is made ready side by side, so that a write waits for the disk once instead of up to seven times.
 */
export async function mustLandInTurn(
  store: Pick<Commits, 'stage'>,
  operation: Operation,
  writes: readonly Write[],
): Promise<void> {
  const { life, signal } = operation;
  operation.mustStillHold();
  const staging = await Promise.allSettled(writes.map(({ path, content }) => store.stage(life, path, content, signal)));
  await using stack = new AsyncDisposableStack();
  const staged = staging.flatMap((each) => (each.status === 'fulfilled' ? [stack.use(each.value)] : []));
  const failed = staging.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  for (const each of staged) await mustLand(operation, () => each.land(signal));
}

/** The storage refused a write: the life that began it is fenced. */
export function refusedByStorage(): Refused {
  return new Refused('lifeEnded', 'this replica may not write any more; try again', 1);
}
