import { type Operation, Refused } from '../window/admission.ts';

/** One write of a commit: looked at before, and refused by the storage if it comes too late (W7). What landed before it stays: complete, or garbage. */
export async function mustLand(operation: Operation, write: () => Promise<'landed' | 'refused'>): Promise<void> {
  operation.mustStillHold();
  if ((await write()) === 'refused') throw refusedByStorage();
}

/** The storage refused a write: the life that began it is fenced. */
export function refusedByStorage(): Refused {
  return new Refused('lifeEnded', 'this replica may not write any more; try again', 1);
}
