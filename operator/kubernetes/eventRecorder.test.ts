import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnyResource } from '../resources/home.ts';
import { systemTimers } from '../runtime/timers.ts';
import { EventRecorder } from './eventRecorder.ts';
import { resourceOf } from './objects.ts';
import { clientOf, type TestClient } from './testing/client.ts';
import { requestObject } from './testing/objects.ts';
import { failure, json, ScriptedServer } from './testing/scriptedServer.ts';

const minute = 60_000;

describe('events in an API server', () => {
  let server: ScriptedServer;
  let client: TestClient;
  let recorder: EventRecorder;
  let now: number;
  let lost: string[];
  beforeEach(async () => {
    server = await ScriptedServer.start();
    server.replies.push(json(201, {}));
    client = clientOf(server.kubeconfig);
    now = Date.parse('2026-11-23T12:00:00.5Z');
    lost = [];
    let names = 0;
    recorder = new EventRecorder({
      transport: client.transport,
      now: () => now,
      mono: () => now,
      timers: systemTimers,
      fresh: () => `0-${(names += 1)}`,
      reporter: { controller: 'coppice.dev/operator', instance: 'here-1' },
      log: { warn: ({ err }: { err: Error }) => void lost.push(err.message) } as never,
    });
  });
  afterEach(async () => {
    await recorder.close();
    client.connections.close();
    await server.stop();
  });

  const object = (name: string): AnyResource => resourceOf('DeleteRequest', requestObject(name));
  const record = (name: string, message: string): void => {
    recorder.record(object(name), { type: 'Normal', reason: 'Completed', message });
  };
  const asked = (): readonly string[] =>
    server.asked.map(({ method, url }) => `${method} ${url.pathname.split('/').at(-1) ?? ''}`);

  it('are of events.k8s.io/v1, and say whom they regard', async () => {
    record('a', 'it ended');
    await recorder.settled();
    expect(server.asked[0]).toMatchObject({
      method: 'POST',
      body: {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { namespace: 'default', name: 'a.01' },
        eventTime: '2026-11-23T12:00:00.500000Z',
        reportingController: 'coppice.dev/operator',
        reportingInstance: 'here-1',
        action: 'Completed',
        reason: 'Completed',
        type: 'Normal',
        note: 'it ended',
        regarding: { apiVersion: 'coppice.dev/v1alpha1', kind: 'DeleteRequest', name: 'a', uid: 'uid-of-a' },
      },
    });
    expect(server.asked[0]?.url.pathname).toBe('/apis/events.k8s.io/v1/namespaces/default/events');
  });

  it('count the same within ten minutes, and are another after that', async () => {
    for (const after of [0, 9 * minute, 9 * minute, 11 * minute]) {
      now += after;
      record('a', 'it ended');
      await recorder.settled();
    }
    record('a', 'it ended otherwise');
    await recorder.settled();
    expect(asked()).toEqual(['POST events', 'PATCH a.01', 'PATCH a.01', 'POST events', 'POST events']);
    expect(server.asked[2]?.body).toEqual({ series: { count: 3, lastObservedTime: '2026-11-23T12:18:00.500000Z' } });
  });

  it('that come while one is being written are told together', async () => {
    for (let round = 0; round < 10; round += 1) record('a', 'it ended');
    await recorder.settled();
    expect(asked()).toEqual(['POST events', 'PATCH a.01']);
    expect(server.asked[1]?.body).toMatchObject({ series: { count: 10 } });
  });

  it('are made again where the server forgot them', async () => {
    record('a', 'it ended');
    await recorder.settled();
    server.replies.splice(0, 1, failure(404, 'NotFound', 'not found'), json(201, {}));
    record('a', 'it ended');
    await recorder.settled();
    expect(asked()).toEqual(['POST events', 'PATCH a.01', 'POST events']);
    expect(server.asked[2]?.body).toMatchObject({ series: { count: 2 } });
  });

  it('of one object that says too much wait, and keep nobody else from being heard', async () => {
    for (let round = 0; round < 40; round += 1) record('a', `message ${round}`);
    record('b', 'it ended');
    await recorder.settled();
    expect(server.asked.length).toBe(26);
    now += 6 * minute;
    record('a', 'message 39');
    await recorder.settled();
    expect(server.asked.at(-1)?.body).toMatchObject({ note: 'message 39', series: { count: 2 } });
  });

  it('that cannot be written are logged, and the next ones go on', async () => {
    server.replies.splice(0, 1, failure(403, 'Forbidden', 'may not'), json(201, {}));
    record('a', 'one');
    record('a', 'two');
    await recorder.settled();
    expect(lost).toEqual([expect.stringContaining('403: may not')]);
    expect(server.asked.length).toBe(2);
  });

  it('have a bound to how many wait', async () => {
    server.replies.splice(0, 1, () => undefined);
    for (let at = 0; at < 1_002; at += 1) record(`r${at}`, 'it ended');
    expect(lost).toEqual(['1000 events wait to be written']);
    server.replies.splice(0, 1, json(201, {}));
  });

  it('are cut where they are longer than the server takes', async () => {
    record('a', 'ä'.repeat(1_000));
    await recorder.settled();
    const { note } = server.asked[0]?.body as { note: string };
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1024);
    expect(note).toMatch(/^ä{510}…$/);
  });
});
