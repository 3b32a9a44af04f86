import type { RepositoryName } from '../../core/oci/reference.ts';

/** One thing that whoever asks must be allowed to do, in the words of distribution's token scopes. */
export type Scope =
  | { readonly type: 'repository'; readonly name: RepositoryName; readonly action: 'pull' | 'push' | 'delete' }
  | { readonly type: 'registry'; readonly name: 'catalog'; readonly action: '*' };

export interface Asked {
  /** The header as it came. It is a secret: nothing of it is logged. */
  readonly authorization: string | undefined;
  /** All of it, or nothing is done; empty: whoever is known may. */
  readonly needed: readonly Scope[];
}

export interface Allowed {
  readonly is: 'allowed';
  /** The name that the client proved; empty for nobody. */
  readonly user: string;
  /** Beyond what was needed: for what this registry would look up by itself. */
  readonly mayPull: (repository: RepositoryName) => boolean;
  /** `WWW-Authenticate` for a client that could do more if it said who it is. */
  readonly invitation?: string;
}

export type Verdict =
  | Allowed
  /** `challenge`: the `WWW-Authenticate` that says how. */
  | { readonly is: 'unauthenticated'; readonly challenge: string }
  /** It was not found out: too much is being checked, or what it is checked against cannot be read. */
  | { readonly is: 'undecided'; readonly why: 'busy' }
  | { readonly is: 'undecided'; readonly why: 'unreadable'; readonly cause: AccessUnusable };

/** Who may do what at the registry API. Whatever is not understood is not allowed. What is found out serves all who wait for it, so none of them ends it. */
export interface Access {
  judge(asked: Asked): Promise<Verdict>;
}

/** What access is decided by cannot be used; the message names the key and the file, for a person. */
export class AccessUnusable extends Error {
  override readonly name = 'AccessUnusable';

  static because(says: string, cause: unknown): AccessUnusable {
    return new AccessUnusable(`${says}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** No authentication is configured: everybody may do everything. */
export const openAccess: Access = {
  judge: async () => ({ is: 'allowed', user: '', mayPull: () => true }),
};

/** A value between quotes (RFC 9110 section 5.6.4); what is quoted was read from a configuration that takes printable characters only. */
export function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, (found) => `\\${found}`)}"`;
}
