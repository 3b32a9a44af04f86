import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Authority } from '../cluster/authority.ts';
import { Fleet } from '../load/fleet.ts';
import { freePorts } from '../load/ports.ts';
import { Replica, type ReplicaSettings } from '../load/replica.ts';
import type { Door, User } from './door.ts';
import { TokenServer } from './tokenServer.ts';

export const variants = ['plain', 'htpasswd+tls', 'bearer+tls'] as const;
export type Variant = (typeof variants)[number];

const user: User = { name: 'ali', password: 'open sesame' };
/** As `htpasswd -B` writes it. */
const htpasswd = 'ali:$2y$05$ABQbhG3ex5Z7o0KNd8WHc.EzuOI5uTABNiuM9Mluu/9tIwiW9P0PC\n';

/**
 * A storage that is served through the door under test, and through an open one, by which tests see what came of it. The
 * door and the token server go by the same name: crane wants no address as a realm, oras no other host on this machine.
 */
export interface House {
  readonly door: Door;
  /** `http://127.0.0.1:PORT`, open to everybody. */
  readonly open: string;
  /** The one behind the door. */
  readonly replica: Replica;
  readonly storage: string;
  end(): Promise<void>;
}

/** `coppice` is that section of the configuration of all its replicas. */
export async function openHouse(
  variant: Variant,
  folder: string,
  signal: AbortSignal,
  coppice: ReplicaSettings['coppice'] = {},
): Promise<House> {
  const fleet = await Fleet.start(1, { folder, coppice }, signal);
  const { storage } = fleet;
  const [first] = fleet.replicas;
  if (first === undefined) throw new Error('a fleet without a replica');
  const open = first.api;
  if (variant === 'plain')
    return { door: { host: new URL(open).host }, open, replica: first, storage, end: () => fleet.end() };

  const authority = new Authority('clients');
  const credential = authority.issueServer('registry', ['localhost', '0.0.0.0']);
  const file = (name: string): string => join(folder, name);
  await writeFile(file('ca.pem'), authority.certificate);
  await writeFile(file('certificate.pem'), credential.certificate);
  await writeFile(file('key.pem'), credential.key, { mode: 0o600 });
  await writeFile(file('htpasswd'), htpasswd);
  const tokens = variant === 'bearer+tls' ? await TokenServer.start(credential, user, signal) : undefined;
  if (tokens !== undefined) await writeFile(file('jwks.json'), JSON.stringify(tokens.jwks));

  const [api = 0, admin = 0, metrics = 0] = await freePorts(3);
  const auth =
    tokens === undefined
      ? { htpasswd: { realm: 'tests', path: file('htpasswd') } }
      : {
          token: {
            realm: tokens.realm,
            service: TokenServer.service,
            issuer: TokenServer.issuer,
            jwks: file('jwks.json'),
          },
        };
  const settings: ReplicaSettings = {
    name: 'guarded',
    folder,
    storage,
    ports: { api, admin, metrics },
    coppice,
    http: { tls: { certificate: file('certificate.pem'), key: file('key.pem') } },
    sections: { auth },
  };
  const guarded = new Replica(settings);
  const end = async (): Promise<void> => {
    await guarded.end('SIGTERM');
    await fleet.end();
    await tokens?.end();
  };
  try {
    await guarded.start(signal);
  } catch (error) {
    await end();
    throw error;
  }
  return { door: { host: `localhost:${api}`, ca: file('ca.pem'), user }, open, replica: guarded, storage, end };
}
