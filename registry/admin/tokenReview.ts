import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import Type from 'typebox';
import { Check } from 'typebox/value';
import type { AdminTokenReview } from '../config/admin.ts';

/** The API server gave no answer that can be relied on: who asks is neither known nor refused. */
export class Unreviewed extends Error {
  override readonly name = 'Unreviewed';
}

/** The name of the user that a token stands for; `undefined`: of nobody, or not for us. Rejects with `Unreviewed`. */
export type ReviewToken = (token: string, signal: AbortSignal) => Promise<string | undefined>;

const path = '/apis/authentication.k8s.io/v1/tokenreviews';
const timeoutMs = 5000;
const longestAnswer = 1 << 20;

const Review = Type.Object({
  status: Type.Object({
    authenticated: Type.Optional(Type.Boolean()),
    audiences: Type.Optional(Type.Array(Type.String())),
    user: Type.Optional(Type.Object({ username: Type.Optional(Type.String()) })),
  }),
});

/**
 * Asks the API server (TokenReview, authentication.k8s.io/v1). Our own token and the authority are read anew each time: the kubelet replaces both in
 * place.
 */
export function tokenReview(
  config: Pick<AdminTokenReview, 'audience' | 'server' | 'tokenFile' | 'caFile'>,
): ReviewToken {
  const { audience, server, tokenFile, caFile } = config;
  return async (token, signal) => {
    const [own, ca] = await Promise.all([contentOf(tokenFile, signal), contentOf(caFile, signal)]);
    const spec = { token, audiences: [audience] };
    const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec });
    const answer = await post(new URL(path, server), { own: own.trim(), ca, body }, signal);
    return userIn(answer, audience);
  };
}

/** An API server that knows no audiences answers without ours: then the token is for that server, and whoever it was sent to could use it here. */
function userIn(answer: unknown, audience: string): string | undefined {
  if (!Check(Review, answer)) throw new Unreviewed('the answer of the API server is no TokenReview');
  const { authenticated = false, audiences = [], user } = answer.status;
  if (!authenticated || !audiences.includes(audience)) return undefined;
  if (user?.username === undefined || user.username === '') {
    throw new Unreviewed('the API server knows the token, and names nobody');
  }
  return user.username;
}

interface Post {
  readonly own: string;
  readonly ca: string;
  readonly body: string;
}

async function post(url: URL, { own, ca, body }: Post, signal: AbortSignal): Promise<unknown> {
  const headers = {
    accept: 'application/json',
    authorization: `Bearer ${own}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly status: number; readonly text: string }>();
  const sent = request(url, { method: 'POST', headers, ca, agent: false, signal: limited }, (response) => {
    const length = Number(response.headers['content-length'] ?? 0);
    if (length > longestAnswer) sent.destroy(new Error('the answer is too large'));
    else
      text(response).then((all) => {
        resolve({ status: response.statusCode ?? 0, text: all });
      }, reject);
  });
  sent.on('error', reject);
  sent.end(body);
  let answer: Awaited<typeof promise>;
  try {
    answer = await promise;
  } catch (cause) {
    const why = limited.aborted ? `no answer within ${timeoutMs} ms` : messageOf(cause);
    throw new Unreviewed(`${url.origin} could not be asked: ${why}`, { cause });
  }
  // 401 and 403 are about our own token: the answer to the caller's stands in the body of a 201.
  if (answer.status !== 200 && answer.status !== 201) throw new Unreviewed(`${url.origin} answered ${answer.status}`);
  return parsed(answer.text, url);
}

function parsed(body: string, { origin }: URL): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (cause) {
    throw new Unreviewed(`the answer of ${origin} is not JSON`, { cause });
  }
}

async function contentOf(file: string, signal: AbortSignal): Promise<string> {
  try {
    return await readFile(file, { encoding: 'utf8', signal });
  } catch (cause) {
    throw new Unreviewed(`cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
