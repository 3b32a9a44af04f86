import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const read = async (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

/** Names of metrics as the documentation lists them; a histogram has three series. */
async function documented(): Promise<ReadonlySet<string>> {
  const pages = await Promise.all(['metrics', 'kubernetes'].map(async (page) => read(`docs/operations/${page}.md`)));
  const rows = pages.join('\n').matchAll(/^\| `([a-z_]+)` +\| (\w+)/gm);
  return new Set(
    [...rows].flatMap(([, name = '', kind]) =>
      kind === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    ),
  );
}

const series = /\b(?:coppice|registry|controller_runtime|workqueue|leader_election|rest_client)_[a-z_]+(?=\{)/g;

/** The series that an expression asks for, in the template or in the dashboard. */
function askedIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(series)].map(([name]) => name))];
}

describe('what the chart watches', () => {
  it.each(['charts/coppice/templates/monitoring/_alerts.tpl', 'charts/coppice/dashboards/coppice.json'])(
    '%s asks only for metrics that are documented',
    async (path) => {
      const [names, asked] = [await documented(), askedIn(await read(path))];
      expect(asked.length).toBeGreaterThan(9);
      expect(asked.filter((name) => !names.has(name))).toEqual([]);
    },
  );

  it('has a runbook for each alert, and no other', async () => {
    const template = await read('charts/coppice/templates/monitoring/_alerts.tpl');
    const alerts = [...template.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);
    const links = [...template.matchAll(/runbook_url: .*#(\w+)$/gm)].map(([, anchor]) => anchor);
    const sections = [...(await read('docs/operations/runbooks.md')).matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    expect(sections).toEqual(alerts);
    expect(links).toEqual(alerts.map((name) => name.toLowerCase()));
  });
});

describe('the chart', () => {
  it('is of the version of the program', async () => {
    const { appVersion } = parse(await read('charts/coppice/Chart.yaml')) as { readonly appVersion: string };
    const { version } = JSON.parse(await read('package.json')) as { readonly version: string };
    expect(appVersion).toBe(version);
  });
});
