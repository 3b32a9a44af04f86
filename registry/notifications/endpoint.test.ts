import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NotificationMetrics } from '../metrics/notificationMetrics.ts';
import { testCertificate } from '../tls/testing/certificate.ts';
import type { Timers } from '../window/ports.ts';
import { HandClock } from '../window/testing/handClock.ts';
import { Endpoint, type EndpointSettings } from './endpoint.ts';
import type { QueueLimits } from './queue.ts';
import { type Reaction, ReceivingServer } from './testing/receivingServer.ts';

const graceMs = 3000;
let clock: HandClock;
let server: ReceivingServer;
let counts: Registry;
let logged: (readonly [message: string, fields: object])[];
beforeEach(async () => {
  clock = new HandClock();
  server = await ReceivingServer.start();
});
afterEach(async () => {
  await server.close();
});

interface Options extends Partial<EndpointSettings> {
  readonly limits?: QueueLimits;
  readonly timers?: Timers;
}

function endpoint({
  limits = { events: 100, bytes: 1000 },
  timers = clock.timers,
  ...settings
}: Options = {}): Endpoint {
  counts = new Registry();
  logged = [];
  const note = (fields: object, message: string): void => void logged.push([message, fields]);
  return new Endpoint(
    {
      ...{ name: 'scanner', url: server.url, headers: {}, timeoutMs: 1000, threshold: 3, backoffMs: 5000 },
      ...{ disabled: false, ignoredMediaTypes: [], ignoredActions: [], takesCollections: false, ...settings },
    },
    {
      timers,
      limits,
      metrics: new NotificationMetrics(counts).of('scanner'),
      log: { info: note, warn: note, error: note },
    },
  );
}

const put = (to: Endpoint, ...bodies: readonly string[]): void => {
  for (const body of bodies) to.put(body);
};
/** The endpoint is idle once as many came as that, and it knows so. */
const bodies = async (count: number): Promise<readonly string[]> => {
  await expect.poll(() => server.bodies.length).toBeGreaterThanOrEqual(count);
  return server.bodies;
};
const count = async (name: string, labels: object): Promise<number | undefined> => {
  const { values } = (await counts.getSingleMetric(name)?.get()) ?? { values: [] };
  return values.find((one) => Object.entries(labels).every(([label, value]) => one.labels[label] === value))?.value;
};
const counted = (type: string): Promise<number | undefined> => count('registry_notifications_events_total', { type });
const pending = (): Promise<number | undefined> => count('registry_notifications_pending_total', {});
const dropped = (why: string): Promise<number | undefined> => count('coppice_notifications_dropped_total', { why });

describe('an endpoint', () => {
  it('is told one event after the other, each until it is accepted', async () => {
    server.react(200, 500, 'cut', 404, 302);
    const to = endpoint({ threshold: 10 });
    put(to, 'a', 'b', 'c');
    expect(await bodies(6)).toEqual(['a', 'b', 'b', 'b', 'b', 'c']);
    await expect.poll(pending).toBe(0);
    const types = ['Events', 'Successes', 'Failures', 'Errors'].map(counted);
    expect(await Promise.all(types)).toEqual([3, 3, 2, 1]);
    expect(await count('registry_notifications_status_total', { code: '404 Not Found' })).toBe(1);
    expect(logged).toEqual([]);
    await to.close(graceMs);
  });

  it('is sent what the configuration says, and is followed nowhere', async () => {
    server.react(307);
    const url = new URL(server.url);
    [url.username, url.password] = ['me', 'p@ss'];
    const to = endpoint({ url, headers: { 'X-Token': ['a', 'b'], 'content-type': ['text/plain'] } });
    put(to, '{"events":[]}');
    await expect.poll(() => counted('Successes')).toBe(1);
    await to.close(graceMs);
    expect(server.received).toMatchObject([{ method: 'POST', path: '/events' }]);
    expect(server.received[0]?.headers).toMatchObject({
      ...{ 'x-token': 'a, b', authorization: `Basic ${btoa('me:p@ss')}` },
      ...{ 'content-type': 'application/vnd.docker.distribution.events.v2+json', 'content-length': '13' },
    });
  });

  it('that fails threshold times in a row is left alone for backoff before each further attempt', async () => {
    server.react(500, 500, 'cut', 204, 500, 200);
    const to = endpoint();
    put(to, 'a', 'b');
    await expect.poll(() => logged.length).toBe(1);
    clock.advance(4999);
    put(to, 'c');
    await fetch(server.url); // 204: a round through the server, in which an attempt would have come as well
    expect(server.bodies).toEqual(['a', 'a', 'a', '']);
    clock.advance(1);
    await expect.poll(() => counted('Failures')).toBe(3);
    clock.advance(5000);
    expect(await bodies(8)).toEqual(['a', 'a', 'a', '', 'a', 'a', 'b', 'c']);
    await to.close(graceMs);
    expect(logged.map(([message, fields]) => [message, fields])).toMatchObject([
      ['an endpoint of notifications takes no events: they wait', { endpoint: 'scanner', failures: 3, pending: 2 }],
      ['an endpoint of notifications takes events again', { endpoint: 'scanner', failures: 4, pending: 3 }],
    ]);
  });

  it('begins to count failures anew once an event was accepted', async () => {
    server.react(500, 500, 200, 500, 500, 200);
    const to = endpoint();
    put(to, 'a', 'b');
    expect(await bodies(6)).toEqual(['a', 'a', 'a', 'b', 'b', 'b']);
    await to.close(graceMs);
    expect(logged).toEqual([]);
  });

  it('that does not answer in time is asked again', async () => {
    server.react('hang');
    const to = endpoint();
    put(to, 'a');
    await bodies(1);
    clock.advance(1000);
    expect(await bodies(2)).toEqual(['a', 'a']);
    await expect.poll(pending).toBe(0);
    expect(await counted('Errors')).toBe(1);
    await to.close(graceMs);
  });

  it('is told nothing where nobody vouches for who it is', async () => {
    const stranger = createServer(testCertificate('scanner'), () => {
      throw new Error('it was asked');
    }).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const to = endpoint({ url: new URL(`https://127.0.0.1:${(stranger.address() as AddressInfo).port}/`) });
    put(to, 'a');
    await expect.poll(() => logged.length).toBe(1);
    expect(logged[0]?.[1]).toMatchObject({ err: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
    await to.close(graceMs);
    stranger.close();
  });

  it.each([
    { name: 'events', limits: { events: 3, bytes: 1000 } },
    { name: 'bytes', limits: { events: 100, bytes: 3 } },
  ])('that has no room for more $name loses the oldest that waits, and the log says so once', async ({ limits }) => {
    server.react('hang');
    const to = endpoint({ limits });
    put(to, 'a', 'b', 'c', 'd', 'e', 'f');
    await bodies(1);
    expect(await pending()).toBe(4);
    server.answer();
    expect(await bodies(4)).toEqual(['a', 'd', 'e', 'f']);
    await to.close(graceMs);
    expect(await dropped('full')).toBe(2);
    expect(logged.map(([message]) => message)).toEqual([
      'an endpoint of notifications has no room: its oldest events are dropped',
    ]);
  });

  it('goes on after an event that was too large for any queue', async () => {
    const to = endpoint({ limits: { events: 3, bytes: 3 } });
    put(to, 'large', 'a');
    expect(await bodies(1)).toEqual(['a']);
    await to.close(graceMs);
    expect(await dropped('full')).toBe(1);
  });

  it('at a stop is told of what waits', async () => {
    server.react(500, 500, 500);
    const to = endpoint();
    put(to, 'a', 'b');
    await expect.poll(() => logged.length).toBe(1); // it pauses
    await to.close(graceMs);
    expect(server.bodies).toEqual(['a', 'a', 'a', 'a', 'b']);
    put(to, 'c');
    expect([await dropped('stopped'), server.bodies.length]).toEqual([1, 5]);
  });

  it('at a stop is not waited for when it fails', async () => {
    server.react(...Array<Reaction>(20).fill(500));
    const to = endpoint();
    put(to, 'a', 'b', 'c');
    await expect.poll(() => logged.length).toBe(1);
    await to.close(graceMs);
    expect(await dropped('stopped')).toBe(3);
    expect(logged.at(-1)).toEqual([
      'an endpoint of notifications was not told of everything before the stop',
      { endpoint: 'scanner', dropped: 3 },
    ]);
  });

  it('at a stop has so long to answer', async () => {
    server.react('hang');
    const to = endpoint({ timeoutMs: 60_000 });
    put(to, 'a', 'b');
    await bodies(1);
    const closed = to.close(graceMs);
    clock.advance(2999);
    expect(await dropped('stopped')).toBe(0);
    clock.advance(1);
    await closed;
    expect(await dropped('stopped')).toBe(2);
    expect(await pending()).toBe(0);
  });

  it('is told of every event that was not dropped, once or more, in order, however it fails', async () => {
    const backoffMs = 7;
    const timers: Timers = {
      // Timeouts never fall due here, and pauses do at once.
      after: (ms, run) => {
        const timer = ms === backoffMs ? setImmediate(run) : undefined;
        return {
          cancel: () => {
            clearImmediate(timer);
          },
        };
      },
    };
    const reactions = fc.array(fc.constantFrom<Reaction>(200, 204, 302, 400, 500, 'cut'), { maxLength: 12 });
    const history = fc.record({
      reactions,
      events: fc.nat(12),
      room: fc.integer({ min: 1, max: 12 }),
      threshold: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(history, async ({ reactions: told, events, room, threshold }) => {
        const before = server.received.length;
        server.react(...told);
        const to = endpoint({ timers, backoffMs, threshold, limits: { events: room, bytes: 1000 } });
        const all = Array.from({ length: events }, (_one, at) => String(at));
        put(to, ...all);
        await expect.poll(pending, { interval: 1 }).toBe(0);
        await to.close(graceMs);
        const seen = server.bodies.slice(before);
        const each = seen.filter((body, at) => body !== seen[at - 1]);
        const kept = events > room + 1 ? [...all.slice(0, 1), ...all.slice(-room)] : all;
        expect(each).toEqual(kept);
        expect(await dropped('full')).toBe(events - kept.length);
        server.forget();
      }),
      { numRuns: 60 },
    );
  });
});
