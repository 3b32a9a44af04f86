import { createHash, timingSafeEqual } from 'node:crypto';
import type { AdminKey, AdminVerb } from '../config/kinds.ts';
import { isLoopbackHost } from '../config/listen.ts';
import { Problem } from '../../core/admin/problem.ts';

/** Who asks: the key's name or, where no keys are configured (then only this machine is served), `local`. */
export interface Caller {
  readonly name: string;
  readonly verbs: ReadonlySet<AdminVerb>;
}

const local: Caller = { name: 'local', verbs: new Set(['read', 'plan', 'execute']) };

/** Every key is compared, in constant time: how long it takes tells nothing. */
export function callerOf(authorization: string | undefined, keys: readonly AdminKey[]): Caller {
  if (keys.length === 0) return local;
  const token = /^Bearer ([\x21-\x7e]{1,4096})$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) throw new Problem('UNAUTHENTICATED', 'send a key as Authorization: Bearer');
  const given = createHash('sha256').update(token).digest();
  const [found] = keys.filter(({ sha256 }) => timingSafeEqual(given, Buffer.from(sha256, 'hex')));
  if (found === undefined) throw new Problem('UNAUTHENTICATED', 'this key is not known');
  return { name: found.name, verbs: new Set(found.verbs) };
}

export function mustBeAllowed(caller: Caller, verb: AdminVerb): void {
  if (!caller.verbs.has(verb)) throw new Problem('FORBIDDEN', `the key "${caller.name}" lacks the verb ${verb}`);
}

/**
 * A page in a browser can reach loopback, and by a name that it made resolve there. Neither an `Origin` nor such a name passes (DNS rebinding).
 */
export function mustBeOurs(
  { host, origin }: { readonly host: string | undefined; readonly origin: string | undefined },
  hosts: readonly string[],
): void {
  if (origin !== undefined) throw new Problem('ORIGIN_REFUSED', 'a request with an Origin header is refused');
  const asked = (host ?? '').toLowerCase();
  const name = asked.replace(/:[0-9]{1,5}$/, '');
  const isOurs = isLoopbackHost(name.replace(/^\[(.*)\]$/, '$1')) || hosts.includes(asked) || hosts.includes(name);
  if (!isOurs) throw new Problem('HOST_REFUSED', `${JSON.stringify(asked)} is neither loopback nor configured`);
}
