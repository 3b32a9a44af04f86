import { createHash, timingSafeEqual } from 'node:crypto';
import type { AdminKey, AdminVerb } from '../config/admin.ts';
import { isLoopbackHost } from '../config/listen.ts';
import { Problem } from '../../core/admin/problem.ts';

/** Who asks: the name of the key or of the cluster's user or, where neither is configured (then only this machine is served), `local`. */
export interface Caller {
  readonly name: string;
  readonly verbs: ReadonlySet<AdminVerb>;
}

const local: Caller = { name: 'local', verbs: new Set(['read', 'plan', 'execute']) };

/** Asks elsewhere who a token stands for; `undefined`: nobody who is known there. */
export type CallerByToken = (token: string) => Promise<Caller | undefined>;

/** Who may ask at all: by keys, by somebody else's word, or both; by neither, whoever reaches the address. */
export interface Gate {
  readonly keys: readonly AdminKey[];
  readonly callerByToken?: CallerByToken;
}

export async function callerOf(authorization: string | undefined, { keys, callerByToken }: Gate): Promise<Caller> {
  if (keys.length === 0 && callerByToken === undefined) return local;
  const token = /^Bearer ([\x21-\x7e]{1,16384})$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) throw new Problem('UNAUTHENTICATED', 'send a key or token as Authorization: Bearer');
  const caller = byKey(token, keys) ?? (await callerByToken?.(token));
  if (caller === undefined) throw new Problem('UNAUTHENTICATED', 'this key or token is not known');
  return caller;
}

/** Every key is compared, in constant time: how long it takes tells nothing. */
function byKey(token: string, keys: readonly AdminKey[]): Caller | undefined {
  const given = createHash('sha256').update(token).digest();
  const [found] = keys.filter(({ sha256 }) => timingSafeEqual(given, Buffer.from(sha256, 'hex')));
  return found && { name: found.name, verbs: new Set(found.verbs) };
}

export function mustBeAllowed(caller: Caller, verb: AdminVerb): void {
  if (!caller.verbs.has(verb)) throw new Problem('FORBIDDEN', `"${caller.name}" lacks the verb ${verb}`);
}

/**
 * A page in a browser can reach loopback, and by a name that it made resolve there. Neither an `Origin` nor such a name passes (DNS rebinding). The
 * address itself at which the request arrived is no name that could have been made to resolve.
 */
export function mustBeOurs(
  { host, origin }: { readonly host: string | undefined; readonly origin: string | undefined },
  hosts: readonly string[],
  arrivedAt: string | undefined,
): void {
  if (origin !== undefined) throw new Problem('ORIGIN_REFUSED', 'a request with an Origin header is refused');
  const asked = (host ?? '').toLowerCase();
  const name = asked.replace(/:[0-9]{1,5}$/, '');
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  const isAddress = bare === arrivedAt?.toLowerCase().replace(/^::ffff:(?=[0-9.]+$)/, '');
  if (!isLoopbackHost(bare) && !isAddress && !hosts.includes(asked) && !hosts.includes(name))
    throw new Problem('HOST_REFUSED', `${JSON.stringify(asked)} is neither loopback nor configured`);
}
