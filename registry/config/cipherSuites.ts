import { list, Unfit } from './kinds.ts';

/** Suites of TLS 1.2 by their names of the IANA, which distribution takes, and what OpenSSL calls them. */
const suites: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA',
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA',
};

/** Those of TLS 1.3 cannot be chosen from, as in distribution: all are offered, whichever are named. */
const ofTls13 = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'];

export const cipherSuites = list('a list of names of cipher suites', (name) => {
  if (typeof name !== 'string') return undefined;
  if (ofTls13.includes(name)) return name;
  const found = Object.hasOwn(suites, name) ? suites[name] : undefined;
  if (found !== undefined) return found;
  throw new Unfit(
    `knows no suite ${JSON.stringify(name)}; there are ${[...Object.keys(suites), ...ofTls13].join(', ')}`,
  );
});

/** Of suites by OpenSSL's names: as OpenSSL takes a list of them. `undefined` where nothing was chosen. */
export function cipherList(chosen: readonly string[]): string | undefined {
  return chosen.length === 0 ? undefined : [...new Set([...ofTls13, ...chosen])].join(':');
}
