import { readFile } from 'node:fs/promises';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseRunId } from '../../core/window/identity.ts';
import type { RunReport } from '../collector/run/report.ts';
import { readConfiguration } from '../config/configuration.ts';
import type { Client, Happening } from '../http/happenings.ts';
import { NotificationMetrics } from '../metrics/notificationMetrics.ts';
import { digestOfText, repository, repositoryNamed, tagNamed } from '../repository/testing/testRegistry.ts';
import { systemTimers } from '../window/timers.ts';
import { Notifications, type NotificationsPorts } from './notifications.ts';
import { ReceivingServer } from './testing/receivingServer.ts';

const page = await readFile(new URL('../../docs/operations/notifications.md', import.meta.url), 'utf8');
const [shownPush = '', shownCollection = ''] = [...page.matchAll(/```json\n([^`]*)```/g)].map(([, json]) => json);
const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const document = JSON.stringify({
  ...{ schemaVersion: 2, mediaType },
  config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOfText('{}'), size: 2 },
  layers: [],
});
const by: Client = {
  ...{ method: 'PUT', address: '192.0.2.7:52044', host: 'registry.example.com', userAgent: 'containerd/v2.1.4' },
  ...{ actor: 'ci', calledAs: { host: 'registry.example.com', 'x-forwarded-proto': 'https' } },
};
const manifest = {
  ...{ repository, by, digest: digestOfText(document), mediaType, sizeBytes: document.length },
  bytes: Buffer.from(document),
};
const blob = { repository, by, digest: digestOfText('{}'), sizeBytes: 2 };
const [v1, v2] = [tagNamed('v1'), tagNamed('v2')];
const pushed: Happening = { ...manifest, is: 'manifestPushed', tags: [v1] };

let server: ReceivingServer;
let notifications: Notifications;
const metrics = new NotificationMetrics(new Registry());
beforeEach(async () => {
  server = await ReceivingServer.start();
});
afterEach(async () => {
  await server.close();
});

function open(
  section: object = {},
  ports: Partial<NotificationsPorts> = {},
  collections: readonly string[] = [],
): void {
  const endpoints = [{ name: 'mirror', url: server.url.href, ...section }];
  const file = { version: 0.1, notifications: { endpoints }, coppice: { notifications: { collections } } };
  const config = readConfiguration('config.yml', JSON.stringify(file), {});
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  let names = 0;
  notifications = new Notifications(config.notifications, {
    ...{ now: () => Date.UTC(2026, 10, 26, 6), fresh: () => `id-${++names}`, timers: systemTimers, log: silent },
    source: { addr: 'registry-0:5000', instanceID: 'registry-0-5d41402a' },
    ...{ locations: { relativeUrls: true }, includeReferences: false, metricsOf: (name) => metrics.of(name), ...ports },
  });
}

/** All that an endpoint was told when everything is over. */
async function told(...happenings: readonly Happening[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
  for (const happening of happenings) notifications.happened(happening);
  await notifications.close(3000);
  return server.events;
}

const url = (kind: string, digest: string): string => `https://registry.example.com/v2/${repository}/${kind}/${digest}`;

describe('notifications', () => {
  it('are as the page about them shows it for a push', async () => {
    open({}, { includeReferences: true });
    await told(pushed);
    expect(JSON.parse(server.bodies[0] ?? '')).toEqual(JSON.parse(shownPush));
  });

  it('are as the page about them shows it for a collection, for whoever asks for it', async () => {
    open({ ignore: { actions: ['push', 'delete'] } }, {}, ['mirror']);
    notifications.runEnded(report);
    await told(pushed);
    expect(server.bodies.map((body) => JSON.parse(body) as unknown)).toEqual([JSON.parse(shownCollection)]);
  });

  it('are of no collection where nobody asks for it, or while it goes on', async () => {
    open();
    notifications.runEnded(report);
    expect(await told()).toEqual([]);
    open({}, {}, ['mirror']);
    const { ended: _, ...going } = report;
    notifications.runEnded(going);
    expect(await told()).toEqual([]);
  });

  const content = (kind: string, digest: string, size: number): object => ({
    ...{ digest, size, length: size, repository, url: url(kind, digest) },
  });
  const ofManifest = { mediaType, ...content('manifests', manifest.digest, document.length) };
  const ofBlob = { mediaType: 'application/octet-stream', ...content('blobs', blob.digest, 2) };
  const gone = { mediaType: '', digest: '', size: 0 };
  const cases: readonly { happening: Happening; action: string; targets: readonly object[] }[] = [
    { happening: { ...manifest, is: 'manifestPushed', tags: [] }, action: 'push', targets: [ofManifest] },
    {
      happening: { ...manifest, is: 'manifestPushed', tags: [v1, v2] },
      action: 'push',
      targets: [v1, v2].map((tag) => ({ ...ofManifest, tag })),
    },
    { happening: { ...manifest, is: 'manifestPulled' }, action: 'pull', targets: [ofManifest] },
    {
      happening: { ...manifest, is: 'manifestPulled', tag: v1 },
      action: 'pull',
      targets: [{ ...ofManifest, tag: v1 }],
    },
    { happening: { ...blob, is: 'blobPushed' }, action: 'push', targets: [ofBlob] },
    { happening: { ...blob, is: 'blobPulled' }, action: 'pull', targets: [ofBlob] },
    {
      happening: { ...blob, is: 'blobMounted', from: repositoryNamed('base') },
      action: 'mount',
      targets: [{ ...ofBlob, fromRepository: 'base' }],
    },
    {
      happening: { repository, by, is: 'manifestDeleted', digest: blob.digest },
      action: 'delete',
      targets: [{ ...gone, repository, digest: blob.digest }],
    },
    {
      happening: { repository, by, is: 'blobDeleted', digest: blob.digest },
      action: 'delete',
      targets: [{ ...gone, repository, digest: blob.digest }],
    },
    {
      happening: { repository, by, is: 'tagDeleted', tag: v1 },
      action: 'delete',
      targets: [{ ...gone, repository, tag: v1 }],
    },
  ];
  it.each(cases)('say of $happening.is: $action', async ({ happening, action, targets }) => {
    open();
    const events = await told(happening);
    expect(events.map(({ action: is, target }) => [is, target])).toEqual(targets.map((target) => [action, target]));
    expect(new Set(events.map(({ id }) => id)).size).toBe(targets.length);
    expect(new Set(events.map(({ request }) => JSON.stringify(request))).size).toBe(1);
  });

  it.each([
    { section: { disabled: true }, kept: [] },
    { section: { ignoredmediatypes: ['application/octet-stream'] }, kept: ['push', 'delete'] },
    { section: { ignore: { mediatypes: [mediaType] } }, kept: ['pull', 'delete'] },
    { section: { ignore: { actions: ['pull', 'delete'] } }, kept: ['push'] },
  ])('leave out what an endpoint does not want: $section', async ({ section, kept }) => {
    open(section);
    const deleted: Happening = { repository, by, is: 'tagDeleted', tag: v1 };
    const events = await told(pushed, { ...blob, is: 'blobPulled' }, deleted);
    expect(events.map(({ action }) => action)).toEqual(kept);
  });

  it('name nobody, and a path alone, where nothing is known of whoever asked', async () => {
    open();
    const nobody = { ...by, host: '', actor: '', calledAs: {} };
    const [event] = await told({ ...blob, by: nobody, is: 'blobPulled' });
    expect(event).toMatchObject({ actor: {}, target: { url: `/v2/${repository}/blobs/${blob.digest}` } });
    expect(event?.['request']).not.toHaveProperty('host');
  });

  it('say nothing of what a document refers to that is not understood', async () => {
    open({}, { includeReferences: true });
    const [event] = await told({ ...manifest, bytes: Buffer.from('{'), is: 'manifestPulled' });
    expect(event?.['target']).toMatchObject({ digest: manifest.digest, references: [] });
  });

  it('are configured as the page about them shows it', () => {
    const shown = /```yaml\n(version[^`]*)```/.exec(page)?.[1];
    const { endpoints, collections, includeReferences } = readConfiguration('page', shown, {}).notifications;
    expect(endpoints).toEqual([
      {
        ...{ name: 'scanner', disabled: false, url: new URL('https://scanner.example.com/events') },
        ...{ headers: { Authorization: ['Bearer a-secret'] }, timeoutMs: 1000, threshold: 10, backoffMs: 1000 },
        ...{ ignoredMediaTypes: ['application/octet-stream'], ignoredActions: ['pull'] },
      },
      {
        ...{ name: 'mirror', disabled: false, url: new URL('http://127.0.0.1:8080/'), headers: {} },
        ...{ timeoutMs: 1000, threshold: 10, backoffMs: 1000, ignoredMediaTypes: [], ignoredActions: [] },
      },
    ]);
    expect([collections, includeReferences]).toEqual([['mirror'], true]);
  });

  it('are counted under the names that the page about metrics lists', async () => {
    const registry = new Registry();
    new NotificationMetrics(registry).of('mirror');
    const metricsPage = await readFile(new URL('../../docs/operations/metrics.md', import.meta.url), 'utf8');
    const names = registry.getMetricsAsArray().map(({ name }) => name);
    const listed = [...metricsPage.matchAll(/^\| `([a-z_]*notifications[a-z_]*)`/gm)].map(([, name]) => name);
    expect(listed.toSorted()).toEqual(names.toSorted());
  });
});

const id = parseRunId('nightly-29748240');
if (id === undefined) throw new Error('the test itself is wrong');
const at = Date.UTC(2026, 10, 26, 5, 59);
const report: RunReport = {
  ...{ id, mode: 'execute', executor: 'registry-0', startedAt: at, alreadyAbsent: [] },
  ended: { at: at + 30_000, succeeded: true, reason: 'Completed', message: 'removed 7 objects' },
  progress: { phase: 'Ended', done: 7, total: 7 },
  windows: { count: 1, longestMs: 3, holdsMs: [3] },
  mark: { repositories: 1, tags: 1, manifests: 1, layers: 1, blobs: 1, seconds: 1 },
  sweep: {
    ...{ suspects: 0, removed: 7, spared: 1, sparedItems: [], bytes: 73_400_320, uploads: 0 },
    removedBySteps: { request: 0, tag: 2, untagged: 0, manifest: 1, layer: 2, data: 2 },
    trash: { discarded: 0, putBack: 0 },
  },
};
