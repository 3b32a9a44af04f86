import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type RequestOptions, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, HandClock } from '../window/testing/handClock.ts';
import { CertificateUnusable, SecureServer } from './secureServer.ts';
import { type TestCertificate, testCertificate } from './testing/certificate.ts';

const { signal } = new AbortController();
const [first, second] = [testCertificate('first'), testCertificate('second')];

let directory: string;
let files: { certificate: string; key: string; clientCas: string[] };
let server: Server | undefined;
let running: AbortController;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coppice-tls-'));
  files = { certificate: join(directory, 'tls.crt'), key: join(directory, 'tls.key'), clientCas: [] };
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
    response.end(String(socket instanceof TLSSocket && socket.authorized));
  });
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

describe('the TLS of the admin listener', () => {
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
    expect(logged).toEqual([
      'the certificate of the admin API cannot be read anew',
      'the admin API serves another certificate',
    ]);
    running.abort();
    await following;
  });

  it('tells whether a client has shown a certificate of one of its authorities', async () => {
    const clientCa = join(directory, 'clients.crt');
    const client = testCertificate('client');
    await writeFile(clientCa, client.cert);
    files.clientCas.push(clientCa);
    const port = await listen(await SecureServer.open(files, signal));
    expect(await ask(port, first.cert)).toBe('false');
    expect(await ask(port, first.cert, second)).toBe('false');
    expect(await ask(port, first.cert, client)).toBe('true');
  });

  it.each([
    ['there is no certificate', () => rm(files.certificate), 'coppice.admin.tls.certificate: cannot read'],
    ['there is no key', () => rm(files.key), 'coppice.admin.tls.key: cannot read'],
    ['the key is another’s', () => writeFile(files.key, second.key), 'cannot be served'],
    ['the certificate is none', () => writeFile(files.certificate, 'hello'), 'cannot be served'],
  ])('is not served where %s', async (_, spoil, says) => {
    await spoil();
    const failure = await SecureServer.open(files, signal).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CertificateUnusable);
    expect(String(failure)).toContain(says);
  });
});
