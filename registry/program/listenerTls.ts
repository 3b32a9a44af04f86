import { CertificateUnusable, SecureServer, type TlsConfig } from '../tls/secureServer.ts';
import type { Log, Timers } from '../window/ports.ts';
import { StartRefused } from './listeners.ts';

export interface TlsPorts {
  readonly timers: Timers;
  readonly log: Log;
  /** Aborted at the end, when nobody is served any more. */
  readonly running: AbortSignal;
}

/** Follows its files until `running`. Rejects with `StartRefused` where they cannot be served. */
export async function secureServer(
  tls: TlsConfig,
  { timers, log, running }: TlsPorts,
  signal: AbortSignal,
): Promise<SecureServer> {
  try {
    const secure = await SecureServer.open(tls, signal);
    void secure.follow({ timers, log }, running); // ends with `running`, and never rejects
    return secure;
  } catch (cause) {
    if (cause instanceof CertificateUnusable) throw new StartRefused(cause.message, { cause });
    throw cause;
  }
}
