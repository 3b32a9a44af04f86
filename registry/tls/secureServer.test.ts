import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, type RequestOptions, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, HandClock } from '../window/testing/handClock.ts';
import { CertificateUnusable, type ClientAuth, SecureServer, type TlsConfig } from './secureServer.ts';
import { type TestCertificate, testCertificate } from './testing/certificate.ts';

const { signal } = new AbortController();
const [first, second] = [testCertificate('first'), testCertificate('second')];

const limits = { requestMs: 0, idleMs: 0 };

let directory: string;
let files: TlsConfig;
let server: Server | undefined;
let running: AbortController;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coppice-tls-'));
  files = {
    ...{ section: 'http.tls', certificate: join(directory, 'tls.crt'), key: join(directory, 'tls.key') },
    ...{ clientCas: [], clientAuth: 'require-and-verify-client-cert', minimum: 'TLSv1.2' },
  };
  running = new AbortController();
  await put(first);
});
afterEach(async () => {
  running.abort();
  server?.close();
  server = undefined;
  await rm(directory, { recursive: true });
});

async function put({ cert, key }: TestCertificate): Promise<void> {
  await writeFile(files.certificate, cert);
  await writeFile(files.key, key);
}

async function listen(secure: SecureServer): Promise<number> {
  server = secure.create((incoming, response) => {
    const { socket } = incoming;
    response.end(
      socket instanceof TLSSocket
        ? `${socket.getProtocol() ?? ''} ${String(socket.authorized)}${socket.isSessionReused() ? ' again' : ''}`
        : '',
    );
  }, limits);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** What is answered to a client that trusts this certificate alone; rejects where another is shown. */
async function ask(port: number, ca: string, more: RequestOptions = {}): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  request({ host: '127.0.0.1', port, ca, agent: false, ...more }, (response) => {
    response.setEncoding('utf8').on('data', resolve);
  })
    .on('error', reject)
    .end();
  return promise;
}

describe('the TLS of a listener', () => {
  it('shows the certificate that its files hold by now', async () => {
    const clock = new HandClock();
    const logged: string[] = [];
    const tell = (_: object, says: string): void => void logged.push(says);
    const secure = await SecureServer.open(files, signal);
    const port = await listen(secure);
    const following = secure.follow(
      { timers: clock.timers, log: { info: tell, warn: tell, error: tell } },
      running.signal,
    );
    await ask(port, first.cert);
    await expect(ask(port, second.cert)).rejects.toThrow(/self-signed|unable to verify/i);

    await writeFile(files.certificate, second.cert); // its key is still to come
    clock.advance(10_000);
    await eventually(() => logged.length === 1);
    await ask(port, first.cert);

    await writeFile(files.key, second.key);
    await eventually(() => {
      clock.advance(10_000);
      return logged.length > 1;
    });
    await ask(port, second.cert);
    expect(logged).toEqual(['a certificate cannot be read anew', 'another certificate is served']);
    running.abort();
    await following;
  });

  const comes: Record<ClientAuth, Record<'nobody' | 'stranger' | 'known', string>> = {
    'request-client-cert': { nobody: 'false', stranger: 'false', known: 'true' },
    'require-any-client-cert': { nobody: 'refused', stranger: 'false', known: 'true' },
    'verify-client-cert-if-given': { nobody: 'false', stranger: 'refused', known: 'true' },
    'require-and-verify-client-cert': { nobody: 'refused', stranger: 'refused', known: 'true' },
  };
  it.each(Object.entries(comes))('lets in whom %s means', async (clientAuth, expected) => {
    const clientCa = join(directory, 'clients.crt');
    const authority = testCertificate('authority');
    await writeFile(clientCa, authority.cert);
    const port = await listen(
      await SecureServer.open({ ...files, clientCas: [clientCa], clientAuth: clientAuth as ClientAuth }, signal),
    );
    const shown = { nobody: {}, stranger: second, known: testCertificate('client', { by: authority }) };
    for (const [who, shows] of Object.entries(shown)) {
      const found = await ask(port, first.cert, shows).catch(() => 'TLSv1.3 refused');
      expect([who, found]).toEqual([who, `TLSv1.3 ${expected[who as keyof typeof expected]}`]);
    }
  });

  it('asks nobody for a certificate where no authority of clients is named', async () => {
    const port = await listen(await SecureServer.open(files, signal));
    expect(await ask(port, first.cert)).toBe('TLSv1.3 false');
    expect(await ask(port, first.cert, { maxVersion: 'TLSv1.2' })).toBe('TLSv1.2 false');
  });

  it('speaks nothing older than it is told, and only the suites that it is told', async () => {
    const modern = await listen(await SecureServer.open({ ...files, minimum: 'TLSv1.3' }, signal));
    await expect(ask(modern, first.cert, { maxVersion: 'TLSv1.2' })).rejects.toThrow(/protocol version/);
    const ciphers = 'TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256';
    server?.close();
    const narrow = await listen(await SecureServer.open({ ...files, ciphers }, signal));
    const older = (suite: string) => ({ maxVersion: 'TLSv1.2', ciphers: suite }) as const;
    expect(await ask(narrow, first.cert, older('ECDHE-ECDSA-AES128-GCM-SHA256'))).toBe('TLSv1.2 false');
    await expect(ask(narrow, first.cert, older('ECDHE-ECDSA-AES256-GCM-SHA384'))).rejects.toThrow(/handshake failure/);
  });

  it('lets nobody in by a ticket of before, once other authorities count', async () => {
    const clientCa = join(directory, 'clients.crt');
    const [old, other] = [testCertificate('old authority'), testCertificate('other authority')];
    const client = testCertificate('client', { by: old });
    await writeFile(clientCa, old.cert);
    const clock = new HandClock();
    const logged: string[] = [];
    const tell = (_: object, says: string): void => void logged.push(says);
    const secure = await SecureServer.open({ ...files, clientCas: [clientCa] }, signal);
    const port = await listen(secure);
    const agent = new Agent({ maxCachedSessions: 1 });
    const resuming = { ...client, agent };
    expect(await ask(port, first.cert, resuming)).toBe('TLSv1.3 true');
    expect(await ask(port, first.cert, resuming)).toBe('TLSv1.3 true again');
    const following = secure.follow(
      { timers: clock.timers, log: { info: tell, warn: tell, error: tell } },
      running.signal,
    );
    await writeFile(clientCa, other.cert);
    await eventually(() => {
      clock.advance(10_000);
      return logged.length > 0;
    });
    expect(logged).toEqual(['another certificate is served']);
    await expect(ask(port, first.cert, resuming)).rejects.toThrow();
    agent.destroy();
    running.abort();
    await following;
  });

  it.each([
    ['there is no certificate', () => rm(files.certificate), 'http.tls.certificate: cannot read'],
    ['there is no key', () => rm(files.key), 'http.tls.key: cannot read'],
    ['the key is another’s', () => writeFile(files.key, second.key), 'cannot be served'],
    ['the certificate is none', () => writeFile(files.certificate, 'hello'), 'cannot be served'],
  ])('is not served where %s', async (_, spoil, says) => {
    await spoil();
    const failure = await SecureServer.open(files, signal).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CertificateUnusable);
    expect(String(failure)).toContain(says);
  });
});
