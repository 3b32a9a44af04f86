import { type JWTHeaderParameters, jwtVerify } from 'jose';
import type { KeyObject } from 'node:crypto';
import Type from 'typebox';
import { Check } from 'typebox/value';
import { chainedKey } from './certificateChain.ts';
import type { TokenTrust, TrustedKey } from './tokenTrust.ts';

export interface TokenRules {
  readonly issuer: string;
  /** The audience that a token must be for. */
  readonly service: string;
  readonly algorithms: readonly string[];
  readonly trust: TokenTrust;
  /** This machine's clock, ms since 1970. */
  readonly now: () => number;
}

/** What a token was found to say. */
export interface Grant {
  readonly user: string;
  readonly permits: (scope: { readonly type: string; readonly name: string; readonly action: string }) => boolean;
}

/** As distribution has it: clocks of two machines. */
const leewaySeconds = 60;

/** Signers written in Go say null for an empty list. */
const listOf = <T extends Type.TSchema>(item: T) => Type.Optional(Type.Union([Type.Array(item), Type.Null()]));
const Claims = Type.Object({
  sub: Type.Optional(Type.String()),
  access: listOf(Type.Object({ type: Type.String(), name: Type.String(), actions: listOf(Type.String()) })),
});

/** Verifies a JWT as distribution's specification has it. Rejects where anything is wrong or not understood; the message may be logged. */
export async function grantOf(token: string, { issuer, service, trust, ...rules }: TokenRules): Promise<Grant> {
  const now = rules.now();
  const { payload } = await jwtVerify(token, (header) => signerOf(header, trust, now), {
    ...{ issuer, audience: service, algorithms: [...rules.algorithms] },
    ...{ requiredClaims: ['exp'], clockTolerance: leewaySeconds, currentDate: new Date(now) },
  });
  const claims: unknown = payload;
  if (!Check(Claims, claims)) throw new Error('the claims sub and access are not of their types');
  const granted = new Set<string>();
  for (const { type, name, actions } of claims.access ?? []) {
    for (const action of actions ?? []) granted.add(JSON.stringify([type, name, action]));
  }
  return {
    user: claims.sub ?? '',
    permits: ({ type, name, action }) => [action, '*'].some((one) => granted.has(JSON.stringify([type, name, one]))),
  };
}

/** A chain goes before a key in the header, and that before the name of one. A key that came with the token is never used: only the one it turns out to be. */
function signerOf({ alg, kid, jwk, x5c }: JWTHeaderParameters, trust: TokenTrust, now: number): KeyObject {
  if (x5c !== undefined) return chainedKey(x5c, trust.roots, now);
  if (jwk === undefined) return named(kid, alg, trust.keys);
  const { x5c: chain, kid: name } = jwk as { readonly x5c?: unknown; readonly kid?: unknown };
  return chain === undefined ? named(name, alg, trust.keys) : chainedKey(chain, trust.roots, now);
}

function named(name: unknown, algorithm: string, keys: ReadonlyMap<string, TrustedKey>): KeyObject {
  const found = typeof name === 'string' ? keys.get(name) : undefined;
  if (found === undefined)
    throw new Error('the token is signed by a key that is not trusted, or does not say by which');
  if ((found.algorithm ?? algorithm) !== algorithm) throw new Error('the key is for another algorithm');
  return found.key;
}
