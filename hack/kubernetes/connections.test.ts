import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connections } from '../../operator/kubernetes/connections.ts';
import { Credentials } from '../../operator/kubernetes/credentials.ts';
import { kubeconfigOf } from '../cluster/access.ts';
import { Authority } from '../cluster/authority.ts';
import { type TestHome, testHome } from './testCluster.ts';

const { signal } = new AbortController();
const empty = JSON.stringify({ metadata: { resourceVersion: '1' }, items: [] });

describe('connections to an API server', () => {
  let folder: string;
  let server: Server;
  let authority: Authority;
  let kubeconfig: string;
  let client: TestHome;
  /** TLS handshakes, each with the name in the client's certificate. */
  let handshakes: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-tls-'));
    authority = new Authority('test');
    handshakes = [];
    const { certificate: cert, key } = authority.issueServer('server', ['127.0.0.1']);
    const tls = { cert, key, ca: authority.certificate, requestCert: true };
    server = createServer(tls, (request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      if (request.url?.includes('watch=true') === true)
        response.flushHeaders(); // it stays
      else response.end(empty);
    });
    server.on('secureConnection', (socket) => {
      handshakes.push(String(socket.getPeerCertificate().subject.CN));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, configFor('first', authority));
    client = testHome(kubeconfig);
  });
  afterEach(async () => {
    await client.close();
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  function configFor(user: string, trusted: Authority): string {
    const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return kubeconfigOf({
      server: address,
      authority: trusted.certificate,
      ...authority.issueClient({ commonName: user }),
    });
  }

  async function list(): Promise<void> {
    await client.home.list('Registry', signal);
  }

  it('are one for any number of calls that follow each other', async () => {
    for (let round = 0; round < 50; round += 1) await list();
    expect(handshakes).toEqual(['first']);
  });

  it('are bounded for calls at the same time, and kept for the next', async () => {
    for (let round = 0; round < 3; round += 1) await Promise.all(Array.from({ length: 100 }, list));
    expect(handshakes.length).toBeLessThanOrEqual(16);
  });

  it('are one for each watch beside', async () => {
    const stop = new AbortController();
    const kinds = ['Registry', 'RetentionPolicy', 'DeleteRequest', 'CollectionRun'] as const;
    const watches = kinds.map(async (kind) => {
      for await (const change of client.home.watch(kind, '1', stop.signal)) expect.fail(change.type);
    });
    await expect.poll(() => handshakes.length).toBe(4);
    for (let round = 0; round < 20; round += 1) await list();
    expect(handshakes.length).toBe(5);
    stop.abort(new Error('enough'));
    await expect(Promise.all(watches)).rejects.toThrow('enough');
    for (let round = 0; round < 20; round += 1) await list();
    expect(handshakes.length).toBe(5);
  });

  it('are refused to a server that another authority vouches for', async () => {
    await writeFile(kubeconfig, configFor('first', new Authority('another')));
    const other = new Connections(new Credentials({ kubeconfig }));
    await expect(other.send({ method: 'GET', path: '/', headers: {} }, signal)).rejects.toThrow(
      'self-signed certificate',
    );
    expect(handshakes).toEqual([]);
    other.close();
  });
});
