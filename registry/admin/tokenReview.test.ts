import { rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testCertificate } from '../tls/testing/certificate.ts';
import { ReviewServer, type Scripted } from './testing/reviewServer.ts';
import { type ReviewToken, tokenReview, Unreviewed } from './tokenReview.ts';

const { signal } = new AbortController();
let cluster: ReviewServer;
let review: ReviewToken;

beforeEach(async () => {
  cluster = await ReviewServer.start();
  const { server, tokenFile, caFile } = cluster;
  review = tokenReview({ audience: 'coppice', server, tokenFile, caFile });
});
afterEach(() => cluster.remove());

const status = (status: unknown): Scripted => ({ status: 201, body: { status } });
const operator = { username: 'system:serviceaccount:coppice:operator' };

describe('a token, reviewed by an API server', () => {
  it('is sent with our audience by our own token, and stands for a user', async () => {
    cluster.knows('a-token', operator.username);
    expect(await review('a-token', signal)).toBe(operator.username);
    expect(cluster.asked).toEqual([
      {
        path: '/apis/authentication.k8s.io/v1/tokenreviews',
        authorization: 'Bearer our-own',
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenReview',
          spec: { token: 'a-token', audiences: ['coppice'] },
        },
      },
    ]);
  });

  it.each([
    ['the API server says so', status({ authenticated: false, error: 'invalid bearer token' })],
    ['it says nothing of it', status({})],
    ['it is for somebody else', status({ authenticated: true, user: operator, audiences: ['vault'] })],
    ['the API server knows no audiences', status({ authenticated: true, user: operator })],
  ])('is nobody’s where %s', async (_, answer) => {
    cluster.answers.set('a-token', answer);
    expect(await review('a-token', signal)).toBeUndefined();
  });

  it.each([
    ['our own token is refused', { status: 401, body: {} }, 'answered 401'],
    ['we may not ask', { status: 403, body: {} }, 'answered 403'],
    ['the API server fails', { status: 500, body: {} }, 'answered 500'],
    ['it answers with something else', { status: 201, body: { kind: 'Status' } }, 'no TokenReview'],
    ['it answers with no JSON', { status: 200, body: '<html>' }, 'is not JSON'],
    ['it names nobody', status({ authenticated: true, user: {}, audiences: ['coppice'] }), 'names nobody'],
    ['a fact has another type', status({ authenticated: 'yes', audiences: ['coppice'] }), 'no TokenReview'],
  ])('is neither known nor refused where %s', async (_, answer, says) => {
    cluster.answers.set('a-token', answer);
    const failure = await review('a-token', signal).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Unreviewed);
    expect(String(failure)).toContain(says);
    expect(String(failure)).not.toContain('our-own');
  });

  it('is reviewed with our token and authority as they stand in their files by now', async () => {
    cluster.knows('a-token', operator.username);
    await writeFile(cluster.tokenFile, 'renewed');
    await review('a-token', signal);
    expect(cluster.asked.map(({ authorization }) => authorization)).toEqual(['Bearer renewed']);
    await writeFile(cluster.caFile, testCertificate('another').cert);
    await expect(review('a-token', signal)).rejects.toThrow(Unreviewed);
    await rm(cluster.tokenFile);
    await expect(review('a-token', signal)).rejects.toThrow('cannot read');
    expect(cluster.asked).toHaveLength(1);
  });

  it('is neither known nor refused where nobody answers', async () => {
    await cluster.stop();
    await expect(review('a-token', signal)).rejects.toThrow(/could not be asked: .*ECONNREFUSED/);
    const gone = AbortSignal.abort(new Error('the replica has stopped'));
    await expect(review('a-token', gone)).rejects.toThrow(Unreviewed);
  });
});
