import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { stringify } from 'yaml';
import type { Credential } from './authority.ts';

/** How an API server is reached, and as whom. */
export interface Access extends Credential {
  /** `https://127.0.0.1:PORT` */
  readonly server: string;
  /** PEM: who vouches for the server. */
  readonly authority: string;
}

/** The YAML of a kubeconfig, complete in itself. */
export function kubeconfigOf({ server, authority, certificate, key }: Access): string {
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
  const user = { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'coppice',
    clusters: [{ name: 'coppice', cluster: { server, 'certificate-authority-data': base64(authority) } }],
    users: [{ name: 'coppice', user }],
    contexts: [{ name: 'coppice', context: { cluster: 'coppice', user: 'coppice' } }],
  });
}

/** The HTTP status that a GET answers. Rejects where nobody answers, or somebody else. */
export async function statusOf(path: string, access: Access, signal: AbortSignal): Promise<number | undefined> {
  const { server, authority: ca, certificate: cert, key } = access;
  const asked = request(new URL(path, server), { ca, cert, key, agent: false, signal });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode;
}
