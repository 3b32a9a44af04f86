import type { Log } from '../window/ports.ts';
import { type Access, type Asked, quoted, type Scope, type Verdict } from './access.ts';
import { type Grant, grantOf, type TokenRules } from './bearerToken.ts';

export interface TokenPorts extends TokenRules {
  /** Where clients get tokens: a URL. */
  readonly realm: string;
  readonly log: Log;
}

/** Tokens of an authority of its own, which says in each what its holder may do (distribution's token authentication). */
export class TokenAccess implements Access {
  readonly #ports: TokenPorts;

  constructor(ports: TokenPorts) {
    this.#ports = ports;
  }

  async judge({ authorization = '', needed }: Asked): Promise<Verdict> {
    const token = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
    if (token === undefined) return this.#challenge(needed);
    const grant = await this.#grantOf(token);
    if (grant === undefined) return this.#challenge(needed, 'invalid_token');
    if (!needed.every(grant.permits)) return this.#challenge(needed, 'insufficient_scope');
    const mayPull = (name: string): boolean => grant.permits({ type: 'repository', name, action: 'pull' });
    return { is: 'allowed', user: grant.user, mayPull };
  }

  async #grantOf(token: string): Promise<Grant | undefined> {
    try {
      return await grantOf(token, this.#ports);
    } catch (error) {
      // Whatever went wrong, nothing was proved. The message is about the token, and holds nothing of it.
      this.#ports.log.info({ why: error instanceof Error ? error.message : String(error) }, 'a token was refused');
      return undefined;
    }
  }

  /** RFC 6750 section 3, with the scopes that a token must have for this request. */
  #challenge(needed: readonly Scope[], error?: 'invalid_token' | 'insufficient_scope'): Verdict {
    const { realm, service } = this.#ports;
    const scope = scopesText(needed);
    const parts = [`Bearer realm=${quoted(realm)}`, `service=${quoted(service)}`];
    if (scope !== '') parts.push(`scope=${quoted(scope)}`);
    if (error !== undefined) parts.push(`error=${quoted(error)}`);
    return { is: 'unauthenticated', challenge: parts.join(',') };
  }
}

/** `repository:app:pull,push repository:base:pull`. */
function scopesText(scopes: readonly Scope[]): string {
  const actions = new Map<string, string[]>();
  for (const { type, name, action } of scopes) {
    const resource = `${type}:${name}`;
    actions.set(resource, [...(actions.get(resource) ?? []), action]);
  }
  return Array.from(actions, ([resource, all]) => `${resource}:${all.join(',')}`).join(' ');
}
