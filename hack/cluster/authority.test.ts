import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { Authority, type Credential } from './authority.ts';

describe('an authority', () => {
  const authority = new Authority('our own');
  const other = new Authority('our own');
  const server = authority.issueServer('server', ['127.0.0.1', 'kubernetes.default.svc']);
  const client = authority.issueClient({ commonName: 'admin', organization: 'system:masters' });
  const closing: (() => void)[] = [];

  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  const x509 = ({ certificate }: { readonly certificate: string }): X509Certificate => new X509Certificate(certificate);

  it('signs itself, may sign others, and they are checked by its key', () => {
    expect(x509(authority).ca).toBe(true);
    expect(x509(authority).verify(x509(authority).publicKey)).toBe(true);
    for (const issued of [server, client]) {
      expect(x509(issued).ca).toBe(false);
      expect(x509(issued).checkIssued(x509(authority))).toBe(true);
      expect(x509(issued).verify(x509(authority).publicKey)).toBe(true);
      expect(x509(issued).verify(x509(other).publicKey)).toBe(false);
    }
  });

  it('says who and for what', () => {
    expect(x509(client).subject).toBe('O=system:masters\nCN=admin');
    expect(x509(server).subjectAltName).toBe('IP Address:127.0.0.1, DNS:kubernetes.default.svc');
    expect(x509(server).keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(x509(client).keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  });

  async function listening(): Promise<{ readonly port: number; readonly who: Promise<string> }> {
    const options = { cert: server.certificate, key: server.key, ca: authority.certificate, requestCert: true };
    const tls = createServer(options);
    const who = once(tls, 'secureConnection').then(([socket]: TLSSocket[]) => {
      socket?.end('HTTP/1.1 204 No Content\r\n\r\n');
      return String(socket?.getPeerX509Certificate()?.subject);
    });
    tls.listen(0, '127.0.0.1');
    await once(tls, 'listening');
    closing.push(() => tls.close());
    return { port: (tls.address() as AddressInfo).port, who };
  }

  async function connect(port: number, ca: string, by: Credential): Promise<unknown> {
    const call = request({ host: '127.0.0.1', port, ca, cert: by.certificate, key: by.key, agent: false });
    call.end();
    return once(call, 'response').catch((error: unknown) => error);
  }

  it('makes certificates by which a server and its client know each other', async () => {
    const { port, who } = await listening();
    await connect(port, authority.certificate, client);
    expect(await who).toBe('O=system:masters\nCN=admin');
  });

  it('is told apart from another of the same name', async () => {
    const { port } = await listening();
    expect(await connect(port, other.certificate, client)).toMatchObject({
      code: expect.stringMatching(/SIGNATURE|UNABLE_TO_VERIFY/) as string,
    });
  });
});
