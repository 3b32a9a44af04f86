import { parseDigest } from '../core/oci/digest.ts';
import { parseRepositoryName, parseTag } from '../core/oci/reference.ts';
import type { UndeleteTarget } from '../core/admin/schema.ts';
import type { Call } from './command.ts';
import { Failure } from './failure.ts';

export function noOperands({ operands }: Call): void {
  if (operands.length > 0) throw new Failure('usage', `nothing is to be named here, got ${operands.join(' ')}`);
}

export function oneOperand({ operands }: Call, what: string): string {
  const [first, ...more] = operands;
  if (first === undefined || more.length > 0) throw new Failure('usage', `give ${what}, once`);
  return first;
}

/** `repository:tag` or `repository@digest`; a repository has no colon, so the rest is one or the other. */
export function parseObject(text: string): UndeleteTarget {
  const at = text.indexOf('@');
  const colon = text.lastIndexOf(':');
  const split = at > 0 ? at : colon;
  const repository = split > 0 ? parseRepositoryName(text.slice(0, split)) : undefined;
  const rest = text.slice(split + 1);
  const digest = at > 0 ? parseDigest(rest) : undefined;
  const tag = at > 0 ? undefined : parseTag(rest);
  if (repository !== undefined && digest !== undefined) return { repository, digest };
  if (repository !== undefined && tag !== undefined) return { repository, tag };
  throw new Failure(
    'usage',
    `${JSON.stringify(text)} is neither REPO:TAG nor REPO@DIGEST (without the registry’s host)`,
  );
}
