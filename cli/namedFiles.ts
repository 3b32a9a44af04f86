import { AccessUnusable } from '../registry/access/access.ts';
import { HtpasswdFile } from '../registry/access/htpasswdFile.ts';
import { readTokenTrust } from '../registry/access/tokenTrust.ts';
import type { ReplicaConfig } from '../registry/config/configuration.ts';
import { CertificateUnusable, SecureServer, type TlsConfig } from '../registry/tls/secureServer.ts';
import type { Effect } from './explanation.ts';
import { count } from './units.ts';

/** Whether a replica that is started by this user could use the files that its configuration names. They are read as a replica reads them. */
export async function namedFiles(
  { http, admin, access }: ReplicaConfig,
  signal: AbortSignal,
): Promise<readonly Effect[]> {
  const effects: Effect[] = [];
  for (const tls of [http.tls, admin.tls])
    if (tls !== undefined) effects.push(await effect(tls.section, () => certificate(tls, signal)));
  if (access.by === 'htpasswd') effects.push(await effect('auth.htpasswd', () => passwords(access.path)));
  if (access.by === 'token') {
    const keys = async (): Promise<string> =>
      `${count((await readTokenTrust(access, signal)).keys.size, 'name')} of keys`;
    effects.push(await effect('auth.token', keys));
  }
  return effects;
}

async function certificate(tls: TlsConfig, signal: AbortSignal): Promise<string> {
  await SecureServer.open(tls, signal);
  return 'the certificate and its key can be served';
}

async function passwords(path: string): Promise<string> {
  const warnings: string[] = [];
  const log = {
    info: () => undefined,
    warn: (_: object, message: string) => warnings.push(message),
    error: () => undefined,
  };
  const { hashes } = await new HtpasswdFile(path, log).passwords();
  return [count(hashes.size, 'user'), ...warnings].join('; ');
}

async function effect(subject: string, look: () => Promise<string>): Promise<Effect> {
  try {
    return { subject, says: await look() };
  } catch (error) {
    if (!(error instanceof CertificateUnusable || error instanceof AccessUnusable)) throw error;
    return { subject, says: `${error.message}: a replica would not start` };
  }
}
