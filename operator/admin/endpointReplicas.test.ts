import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type ProblemCode, problems } from '../../core/admin/problem.ts';
import type { RunOrder } from '../../core/admin/schema.ts';
import { apiVersion, type Resource } from '../resources/home.ts';
import { Unanswered } from './client.ts';
import { endpointReplicas } from './endpointReplicas.ts';
import { startingView } from './testing/runViews.ts';
import { statusOf } from './testing/statuses.ts';

const { signal } = new AbortController();
const order: RunOrder = { id: 'a-run', mode: 'plan', input: { policies: [], requests: [] } };
const view = startingView(order);
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type Answer = { readonly body: unknown } | { readonly problem: ProblemCode } | { readonly junk: string };

interface Endpoint {
  readonly url: string;
  /** `GET /runs/a-run`, in order. */
  readonly asked: string[];
  readonly tokens: (string | undefined)[];
  answer: (request: string) => Answer;
}

/** A server that answers as the admin API of one replica does. */
async function listen(answer: Endpoint['answer']): Promise<Endpoint> {
  const server = createServer((request: IncomingMessage, response) => {
    const asked = `${request.method ?? ''} ${(request.url ?? '').replace('/coppice/v1', '')}`;
    endpoint.asked.push(asked);
    endpoint.tokens.push(request.headers.authorization);
    const answered = endpoint.answer(asked);
    const status = 'problem' in answered ? problems[answered.problem].status : 200;
    const body =
      'problem' in answered
        ? { code: answered.problem, detail: answered.problem }
        : 'body' in answered
          ? answered.body
          : undefined;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end('junk' in answered ? answered.junk : JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const endpoint: Endpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    tokens: [],
    answer,
  };
  return endpoint;
}

/** A port that nobody listens on any more. */
async function nobody(): Promise<string> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

function registryOf(endpoints: readonly string[], tokenFile?: string): Resource<'Registry'> {
  const metadata = {
    namespace: 'default',
    name: 'main',
    uid: 'u',
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-11-23T12:00:00Z',
  };
  const auth = tokenFile === undefined ? {} : { auth: { tokenFile } };
  return { apiVersion, kind: 'Registry', metadata, spec: { endpoints, ...auth }, status: { observedGeneration: -1 } };
}

const knows = (): Answer => ({ body: view });
const refuses = (problem: ProblemCode) => (): Answer => ({ problem });

describe('the replicas at the endpoints of a Registry', () => {
  it('are each asked for their status, and each answers or not for itself', async () => {
    const [well, odd, closed] = [
      await listen(() => ({ body: statusOf() })),
      await listen(() => ({ junk: '<html>' })),
      await nobody(),
    ];
    const denied = await listen(refuses('UNAUTHENTICATED'));
    const answers = await endpointReplicas()(registryOf([well.url, odd.url, closed, denied.url, 'no url'])).statuses(
      signal,
    );
    expect(answers).toMatchObject([
      { is: 'answered', endpoint: well.url, status: { storage: 'a-storage' } },
      { is: 'silent', endpoint: odd.url },
      { is: 'silent', endpoint: closed, why: expect.stringContaining('ECONNREFUSED') as string },
      { is: 'silent', endpoint: denied.url, why: 'UNAUTHENTICATED' },
      { is: 'silent', endpoint: 'no url', why: 'spec.endpoints: no url is not a URL' },
    ]);
  });

  it('take an order at the first that can', async () => {
    const [closed, busy, well, other] = [
      await nobody(),
      await listen(refuses('STORAGE')),
      await listen(knows),
      await listen(knows),
    ];
    const replicas = endpointReplicas()(registryOf([closed, busy.url, well.url, other.url]));
    expect(await replicas.beginRun(order, signal)).toEqual(view);
    expect([busy.asked, well.asked, other.asked]).toEqual([['POST /runs'], ['POST /runs'], []]);
  });

  it('refuse an order for all, where one refuses what was asked', async () => {
    const [first, second] = [await listen(refuses('RUN_DIFFERS')), await listen(knows)];
    await expect(endpointReplicas()(registryOf([first.url, second.url])).beginRun(order, signal)).rejects.toMatchObject(
      { code: 'RUN_DIFFERS' },
    );
    expect(second.asked).toEqual([]);
  });

  it('are asked about a run where it was ordered, first', async () => {
    const [first, second] = [await listen(refuses('REFUSED')), await listen(knows)];
    const of = endpointReplicas();
    await of(registryOf([first.url, second.url])).beginRun(order, signal);
    await of(registryOf([first.url, second.url])).run(order.id, signal);
    expect(first.asked).toEqual(['POST /runs']);
    expect(second.asked).toEqual(['POST /runs', 'GET /runs/a-run']);
  });

  it('do not know a run as soon as one says so, and wait for no other', async () => {
    const [first, second] = [await listen(refuses('RUN_UNKNOWN')), await listen(knows)];
    expect(await endpointReplicas()(registryOf([first.url, second.url])).run(order.id, signal)).toBeUndefined();
    expect(second.asked).toEqual([]);
    const half = endpointReplicas()(registryOf([await nobody(), first.url]));
    expect(await half.run(order.id, signal)).toBeUndefined();
    await expect(endpointReplicas()(registryOf([await nobody()])).run(order.id, signal)).rejects.toThrow(Unanswered);
  });

  it('are asked to stop a run until one does not send elsewhere', async () => {
    const [first, second] = [await listen(refuses('RUN_ELSEWHERE')), await listen(knows)];
    expect(await endpointReplicas()(registryOf([first.url, second.url])).cancel(order.id, signal)).toEqual(view);
    const none = endpointReplicas()(registryOf([first.url]));
    await expect(none.cancel(order.id, signal)).rejects.toMatchObject({ code: 'RUN_ELSEWHERE' });
  });

  it('list the items of one plan among several', async () => {
    const one = await listen(() => ({ body: { items: [] } }));
    const replicas = endpointReplicas()(registryOf([one.url]));
    await replicas.items(order.id, 'RetentionPolicy/default/team a', { n: 100, last: '7' }, signal);
    await replicas.items(order.id, undefined, { n: 100 }, signal);
    expect(one.asked).toEqual([
      'GET /runs/a-run/items?n=100&last=7&of=RetentionPolicy%2Fdefault%2Fteam%20a',
      'GET /runs/a-run/items?n=100',
    ]);
  });

  it('hear the token of a file, as it stands there now', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'coppice-token-'));
    closing.push(() => rm(directory, { recursive: true }));
    const tokenFile = join(directory, 'token');
    const one = await listen(knows);
    const replicas = endpointReplicas()(registryOf([one.url], tokenFile));
    for (const token of ['first', 'second']) {
      await writeFile(tokenFile, `  ${token}\n`);
      await replicas.run(order.id, signal);
    }
    expect(one.tokens).toEqual(['Bearer first', 'Bearer second']);
  });

  it.each([
    { name: 'is not there', content: undefined, why: 'ENOENT' },
    { name: 'is empty', content: ' \n', why: 'it does not hold a token in one line' },
    { name: 'holds two lines', content: 'a secret\nb', why: 'it does not hold a token in one line' },
    { name: 'has no end', content: 'a'.repeat(20_000), why: 'it does not hold a token in one line' },
  ])('are not asked where the token file $name, and what it holds is not told', async ({ content, why }) => {
    const directory = await mkdtemp(join(tmpdir(), 'coppice-token-'));
    closing.push(() => rm(directory, { recursive: true }));
    const tokenFile = join(directory, 'token');
    if (content !== undefined) await writeFile(tokenFile, content);
    const one = await listen(knows);
    const replicas = endpointReplicas()(registryOf([one.url], tokenFile));
    const failure = await replicas.run(order.id, signal).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Unanswered);
    expect(String(failure)).toContain(why);
    expect(String(failure)).not.toContain('secret');
    expect(one.asked).toEqual([]);
  });

  it('are none where the Registry names none', async () => {
    const none = endpointReplicas()(registryOf([]));
    expect(await none.statuses(signal)).toEqual([]);
    await expect(none.run(order.id, signal)).rejects.toThrow('spec.endpoints names no replica');
    await expect(none.beginRun(order, signal)).rejects.toThrow(Unanswered);
  });

  it('are not waited for by one that does not want to know any more', async () => {
    const one = await listen(knows);
    const aborted = AbortSignal.abort(new Error('the program stops'));
    await expect(endpointReplicas()(registryOf([one.url])).statuses(aborted)).rejects.toThrow('the program stops');
  });
});
