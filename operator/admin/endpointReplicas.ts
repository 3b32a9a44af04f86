import { readFile } from 'node:fs/promises';
import type { Resource } from '../resources/home.ts';
import { AskedReplicas, type Reach } from './askedReplicas.ts';
import { AdminClient, Unanswered } from './client.ts';
import type { ReplicasOf } from './replicas.ts';
import { readToken } from './token.ts';

/** The replicas that `spec.endpoints` names, over HTTP. `caFile`: who may sign their certificates (PEM), read anew each time; absent: whom Node trusts. */
export function endpointReplicas(caFile?: string): ReplicasOf {
  const takenBy = new Map<string, string>();
  return (registry) =>
    new AskedReplicas({ find: async () => reachOf(registry, caFile), field: 'spec.endpoints', takenBy });
}

function reachOf({ spec }: Resource<'Registry'>, caFile: string | undefined): Reach {
  return {
    endpoints: spec.endpoints ?? [],
    silent: [],
    async clientOf(endpoint, timeoutMs) {
      if (!URL.canParse(endpoint)) throw new Unanswered(`spec.endpoints: ${endpoint} is not a URL`);
      const { origin } = new URL(endpoint);
      const [token, ca] = [await tokenIn(spec.auth?.tokenFile), await authorityIn(caFile)];
      return new AdminClient({
        ...{ origin, timeoutMs },
        ...(token === undefined ? {} : { token }),
        ...(ca === undefined ? {} : { ca }),
      });
    },
  };
}

async function tokenIn(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : usable('spec.auth.tokenFile', path, readToken(path));
}

async function authorityIn(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : usable('--admin-ca', path, readFile(path, 'utf8'));
}

/** Rejects with `Unanswered`, which names the option and the file. */
export async function usable<T>(option: string, path: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Unanswered(`${option}: ${path} cannot be used: ${why}`, { cause });
  }
}
