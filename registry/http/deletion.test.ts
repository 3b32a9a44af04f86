import { afterEach, describe, expect, it } from 'vitest';
import type { DeletionOutcome, Deletions } from '../repository/deletions.ts';
import { digestOfText, indexOf, repository } from '../repository/testing/testRegistry.ts';
import { TestServer } from './testing/testServer.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const start = async (...options: Parameters<typeof TestServer.start>): Promise<TestServer> => {
  server = await TestServer.start(...options);
  return server;
};
const errorOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { errors: unknown[] }).errors[0];
const manifest = (reference: string): string => `/v2/${repository}/manifests/${reference}`;
const blob = (digest: string): string => `/v2/${repository}/blobs/${digest}`;

describe('DELETE over HTTP', () => {
  it('D3: refuses what a manifest needs until that manifest is gone, and says which it is', async () => {
    const { registry, ask } = bound(await start());
    const image = await registry.image('app');
    const index = await registry.manifest(indexOf([image]), ['v1']);
    const layer = digestOfText('layer of app');
    for (const [path, referrer] of [
      [manifest(image), index],
      [blob(layer), image],
    ] as const) {
      const refused = await ask('DELETE', path);
      expect(refused.status).toBe(405);
      expect(refused.headers.get('allow')).toMatch(/^GET, HEAD/);
      expect(await errorOf(refused)).toMatchObject({ code: 'UNSUPPORTED', detail: { referrers: [referrer] } });
    }
    for (const path of [manifest('v1'), manifest(index), manifest(image), blob(layer)]) {
      expect((await ask('DELETE', path)).status).toBe(202);
      expect((await ask('HEAD', path)).status).toBe(404);
      expect((await ask('DELETE', path)).status).toBe(404);
    }
  });

  it('is refused altogether where it is disabled', async () => {
    const { registry, ask } = bound(await start({ settings: { deleteEnabled: false } }));
    const image = await registry.image('app', ['v1']);
    for (const path of [manifest('v1'), manifest(image), blob(digestOfText('layer of app'))]) {
      const refused = await ask('DELETE', path);
      expect([refused.status, refused.headers.get('allow')?.includes('DELETE')]).toEqual([405, false]);
      expect((await ask('HEAD', path)).status).toBe(200);
    }
  });

  const outcomes: { outcome: DeletionOutcome; status: number; code: string }[] = [
    { outcome: { is: 'withdrawn', from: 'open' }, status: 429, code: 'TOOMANYREQUESTS' },
    { outcome: { is: 'withdrawn', from: 'claimed' }, status: 503, code: 'UNAVAILABLE' },
  ];
  it.each(outcomes)('a request withdrawn is answered $status', async ({ outcome, status, code }) => {
    const deletions: Deletions = { request: () => Promise.resolve(outcome) };
    const answer = await bound(await start({ deletions })).ask('DELETE', manifest('v1'));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, '1']);
    expect(await errorOf(answer)).toMatchObject({ code });
  });
});

function bound(started: TestServer): { registry: TestServer['registry']; ask: TestServer['ask'] } {
  return { registry: started.registry, ask: (...asked) => started.ask(...asked) };
}
