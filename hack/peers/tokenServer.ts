import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Credential } from '../cluster/authority.ts';
import type { User } from './door.ts';

const lifetimeSeconds = 300;
const kid = 'the only one';

/**
 * Gives bearer tokens as distribution's token specification has it, to one user, for whatever is asked: by GET with a name and password, and by POST as
 * OAuth 2 has it, which some clients try first.
 */
export class TokenServer {
  static readonly issuer = 'a token server for tests';
  static readonly service = 'a registry for tests';
  /** A set of keys (RFC 7517), with which tokens are checked. */
  readonly jwks: object;
  readonly #server: Server;

  static async start({ certificate, key }: Credential, user: User, signal: AbortSignal): Promise<TokenServer> {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const server = createServer({ cert: certificate, key }, (request, response) => {
      void answer(request, user, privateKey).then(([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening', { signal });
    return new TokenServer(server, {
      keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' }],
    });
  }

  private constructor(server: Server, jwks: object) {
    this.#server = server;
    this.jwks = jwks;
  }

  get realm(): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}/token`;
  }

  async end(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

async function answer(request: IncomingMessage, user: User, key: KeyObject): Promise<[number, object]> {
  const asked = new URL(request.url ?? '', 'https://token.invalid').searchParams;
  const form = new URLSearchParams(request.method === 'POST' ? await text(request) : '');
  const scopes = [...asked.getAll('scope'), ...form.getAll('scope')].flatMap((scope) => scope.split(' '));
  const basic = `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`;
  const isUser =
    request.headers.authorization === basic ||
    (form.get('username') === user.name && form.get('password') === user.password);
  if (!isUser) return [401, { errors: [{ code: 'UNAUTHORIZED', message: 'a name and a password are needed' }] }];
  const token = tokenFor(user.name, scopes, Math.floor(Date.now() / 1000), key);
  return [200, { token, access_token: token, expires_in: lifetimeSeconds }];
}

function tokenFor(subject: string, scopes: readonly string[], nowSeconds: number, key: KeyObject): string {
  const claims = {
    iss: TokenServer.issuer,
    aud: TokenServer.service,
    sub: subject,
    iat: nowSeconds,
    nbf: nowSeconds - 5,
    exp: nowSeconds + lifetimeSeconds,
    jti: randomUUID(),
    access: scopes.flatMap((scope) => {
      const [, type, name, actions = ''] = /^([a-z]+):(.+):([a-z*,]*)$/.exec(scope) ?? [];
      return type === undefined ? [] : [{ type, name, actions: actions.split(',') }];
    }),
  };
  const signed = [{ typ: 'JWT', alg: 'ES256', kid }, claims].map(encoded).join('.');
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
