import { type Access, AccessUnusable, openAccess } from '../access/access.ts';
import { AnonymousPull } from '../access/anonymousPull.ts';
import { HtpasswdAccess } from '../access/htpasswdAccess.ts';
import { HtpasswdFile } from '../access/htpasswdFile.ts';
import { PasswordChecks } from '../access/passwordChecks.ts';
import { TokenAccess } from '../access/tokenAccess.ts';
import { readTokenTrust } from '../access/tokenTrust.ts';
import type { AccessConfig, HtpasswdConfig, TokenConfig } from '../config/access.ts';
import type { Log } from '../window/ports.ts';
import { StartRefused } from './listeners.ts';
import type { ProcessPorts } from './process.ts';

export interface AccessPorts {
  readonly process: Pick<ProcessPorts, 'now' | 'mono' | 'random'>;
  readonly log: Log;
  /** Aborted at the end, when nobody is served any more. */
  readonly running: AbortSignal;
}

/** Who may use the registry API, as it is configured. Rejects with `StartRefused` where its files cannot be used. */
export async function accessOf(config: AccessConfig, ports: AccessPorts, signal: AbortSignal): Promise<Access> {
  if (config.by === 'nothing') return openAccess;
  try {
    const known = config.by === 'htpasswd' ? await byPasswords(config, ports) : await byTokens(config, ports, signal);
    return config.anonymousPull ? new AnonymousPull(known, config.by === 'htpasswd') : known;
  } catch (cause) {
    if (cause instanceof AccessUnusable) throw new StartRefused(cause.message, { cause });
    throw cause;
  }
}

async function byPasswords({ realm, path }: HtpasswdConfig, { process, log, running }: AccessPorts): Promise<Access> {
  const file = new HtpasswdFile(path, log);
  await file.passwords();
  return new HtpasswdAccess({ realm, file, checks: new PasswordChecks({ ...process, running }) });
}

async function byTokens(config: TokenConfig, { process, log }: AccessPorts, signal: AbortSignal): Promise<Access> {
  return new TokenAccess({ ...config, trust: await readTokenTrust(config, signal), now: process.now, log });
}
