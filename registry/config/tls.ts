import type { TlsConfig } from '../tls/secureServer.ts';
import { cipherList } from './cipherSuites.ts';
import type { Values } from './keys.ts';
import { choice, kind, Unfit } from './kinds.ts';
import type { Mistake } from './mistake.ts';

const versions = { 'tls1.2': 'TLSv1.2', 'tls1.3': 'TLSv1.3' } as const;

export const minimumTls = kind('tls1.2 or tls1.3', (value) => {
  if (value === 'tls1.0' || value === 'tls1.1') {
    throw new Unfit(`must be tls1.2 or tls1.3: ${value} is broken, and no client of registries needs it`);
  }
  return value === 'tls1.2' || value === 'tls1.3' ? versions[value] : undefined;
});

export const clientAuth = choice(
  'request-client-cert',
  'require-any-client-cert',
  'verify-client-cert-if-given',
  'require-and-verify-client-cert',
);

interface Read {
  readonly tls?: TlsConfig;
  readonly mistakes: readonly Mistake[];
}

/** What both listeners with TLS are told: `clientAuth` and `minimum` as distribution has them by default. */
export function readTlsFiles(section: 'http.tls' | 'coppice.admin.tls', values: Values): Read {
  const [certificate, key] = [values[`${section}.certificate`], values[`${section}.key`]];
  const clientCas = values[`${section}.clientcas`];
  if (certificate !== undefined && key !== undefined) {
    const strictest = { clientAuth: 'require-and-verify-client-cert', minimum: 'TLSv1.2' } as const;
    return { tls: { section, certificate, key, clientCas, ...strictest }, mistakes: [] };
  }
  if (certificate === undefined && key === undefined && clientCas.length === 0) return { mistakes: [] };
  const missing = certificate === undefined ? 'certificate' : 'key';
  return { mistakes: [{ key: `${section}.${missing}`, says: 'is needed: TLS takes a certificate and its key' }] };
}

/** Of the registry API. What would be done by TLS only, and is asked for without, is a mistake: it would be taken to be done. */
export function readHttpTls(values: Values): Read {
  const { tls: files, mistakes } = readTlsFiles('http.tls', values);
  const asked = values['http.tls.clientauth'];
  const [minimum, chosen] = [values['http.tls.minimumtls'], values['http.tls.ciphersuites']];
  const ciphers = cipherList(chosen);
  if (files === undefined) {
    const isAsked = asked !== undefined || minimum !== undefined || chosen.length > 0;
    const says = 'is needed: without a certificate and its key there is no TLS';
    return { mistakes: isAsked && mistakes.length === 0 ? [{ key: 'http.tls.certificate', says }] : mistakes };
  }
  if (asked !== undefined && files.clientCas.length === 0) {
    return { mistakes: [{ key: 'http.tls.clientcas', says: 'is needed where http.tls.clientauth says how to ask' }] };
  }
  const tls = {
    ...files,
    ...(asked === undefined ? {} : { clientAuth: asked }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(ciphers === undefined ? {} : { ciphers }),
  };
  return { tls, mistakes };
}
