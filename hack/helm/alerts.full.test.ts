import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { lacking, toolPath } from '../tools/cache.ts';
import { chart, helm } from './helm.ts';
import { objectOf, objectsOf, valuesArgs } from './rendered.ts';

const run = promisify(execFile);
const { signal } = new AbortController();
const missing = (await Promise.all([lacking('helm4'), lacking('promtool')])).find((one) => one !== undefined);

describe.skipIf(missing !== undefined)(`the alerts of the chart${missing === undefined ? '' : `: ${missing}`}`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-alerts-'));
    const args = ['template', 'r', chart, '--namespace', 'reg', ...valuesArgs(chart, 'everything')];
    const { stdout } = await helm('helm4', args, { home: folder }, signal);
    const { spec } = objectOf(objectsOf(stdout), 'PrometheusRule/r-coppice');
    await writeFile(join(folder, 'rules.yaml'), stringify(spec));
    await copyFile(fileURLToPath(new URL('alerts.yaml', import.meta.url)), join(folder, 'alerts.yaml'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it('are rules that Prometheus takes', async () => {
    const { stdout } = await run(toolPath('promtool'), ['check', 'rules', '--lint-fatal', 'rules.yaml'], {
      cwd: folder,
    });
    expect(stdout).toContain('SUCCESS: 13 rules found');
  });

  it('fire where they should and nowhere else', async () => {
    const { stdout } = await run(toolPath('promtool'), ['test', 'rules', 'alerts.yaml'], { cwd: folder });
    expect(stdout).toContain('SUCCESS');
  });
});
