import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacking } from '../tools/cache.ts';
import { chart, helm, helms } from './helm.ts';

const { signal } = new AbortController();
const missing = (await Promise.all(helms.map(lacking))).find((one) => one !== undefined);

/** By the schema, whose words Helm 3 and 4 put differently, or by the templates. */
const refused: readonly { readonly set: string; readonly says: string }[] = [
  { set: 'registry.replicas=0', says: 'registry/replicas|registry.replicas' },
  { set: 'registry.replica=3', says: "additional properties? '?replica'?|Additional property replica" },
  { set: 'registry.storage.type=s3', says: 'storage/type|storage.type' },
  { set: 'registry.storage.filesystem.claim.size=lots', says: 'claim/size|claim.size' },
  { set: 'image.digest=latest', says: 'image/digest|image.digest' },
  { set: 'operator.log.level=trace', says: 'log/level|log.level' },
  { set: 'networkPolicy.enabled=perhaps', says: 'networkPolicy/enabled|networkPolicy.enabled' },
  { set: 'registry.storage.filesystem.claim.accessMode=ReadWriteOnce', says: 'one node only' },
  { set: 'registry.admin.tls.secretName=tls', says: 'needs registry.admin.keys or' },
  { set: 'registry.admin.tokenReview.enabled=true', says: 'needs registry.admin.tls.secretName' },
  { set: 'registry.config.http.addr=:6000', says: 'rely on its own' },
  { set: 'registry.config.storage.filesystem.rootdirectory=/x', says: 'filesystem.subPath' },
  { set: 'registry.config.http.tls.certificate=/x', says: 'use registry.tls' },
  { set: 'registry.config.http.net=unix', says: 'need a port' },
  { set: 'registry.htpasswd.key=a/b', says: 'htpasswd/key|htpasswd.key' },
  { set: 'registry.config.coppice.admin.addr=:1', says: 'use registry.admin' },
];

describe.skipIf(missing !== undefined)(`the chart${missing === undefined ? '' : `: ${missing}`}`, () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'coppice-helm-'));
  });
  afterAll(async () => {
    await rm(home, { recursive: true });
  });

  describe.each(helms)('with %s', (which) => {
    it.each(refused)('refuses $set', async ({ set, says }) => {
      const { exitCode, stderr } = await helm(which, ['template', 'r', chart, '--set', set], { home }, signal);
      expect(stderr).toMatch(new RegExp(says));
      expect(exitCode).toBe(1);
    });
  });
});
