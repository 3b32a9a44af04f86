import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Kstatus, kstatusOf } from '../../operator/resources/testing/kstatus.ts';
import { toolPath } from '../tools/cache.ts';
import { luaOf } from './lua.ts';

const run = promisify(execFile);
const script = new URL('health.lua', import.meta.url);
const page = new URL('../../docs/operations/gitops.md', import.meta.url);

interface Health {
  readonly status: string;
  readonly message: string;
}

/** Argo CD runs the script with `obj` set, once for each object, and takes what it returns. */
async function healthOf(objects: readonly object[], body: string): Promise<Health[]> {
  const calls = objects.map((object) => `obj = ${luaOf(object)}\nsay(check())`);
  const said = 'function say(hs) io.write(hs.status, "\\1", hs.message, "\\0") end';
  const running = run(toolPath('lua5.1'), ['-']);
  running.child.stdin?.end([`function check()\n${body}\nend`, said, ...calls].join('\n'));
  const { stdout } = await running;
  return stdout
    .split('\0')
    .slice(0, -1)
    .map((line) => line.split('\u0001'))
    .map(([status = '', message = '']) => ({ status, message }));
}

const statuses = ['True', 'False', 'Unknown'];
const condition = (type: string, status: string): object => ({
  type,
  status,
  reason: 'R',
  message: `${type} is ${status}`,
});

/** Every mixture of the three conditions, seen by the operator or not, being deleted or not. */
const states = [undefined, ...statuses].flatMap((ready) =>
  [undefined, ...statuses].flatMap((reconciling) =>
    [undefined, ...statuses].flatMap((stalled) =>
      [3, 2].flatMap((observedGeneration) =>
        [undefined, '2026-01-01T00:00:00Z'].map((deletionTimestamp) => ({
          kind: 'DeleteRequest',
          metadata: { generation: 3, ...(deletionTimestamp !== undefined && { deletionTimestamp }) },
          spec: { mode: 'Preview' },
          status: {
            observedGeneration,
            conditions: [
              ...(ready === undefined ? [] : [condition('Ready', ready)]),
              ...(reconciling === undefined ? [] : [condition('Reconciling', reconciling)]),
              ...(stalled === undefined ? [] : [condition('Stalled', stalled)]),
            ],
          },
        })),
      ),
    ),
  ),
);

const expected: Readonly<Record<Kstatus['status'], string>> = {
  ...{ Terminating: 'Progressing', InProgress: 'Progressing', Failed: 'Degraded', Current: 'Healthy' },
};

describe('health for Argo CD', () => {
  it('is what kstatus says, in every mixture of conditions', async () => {
    const healths = await healthOf(states, await readFile(script, 'utf8'));
    expect(healths).toHaveLength(256);
    for (const [at, state] of states.entries()) {
      const isJudged = state.status.conditions.some((each) => 'type' in each && each.type === 'Ready');
      const { status } = kstatusOf(state as Parameters<typeof kstatusOf>[0]);
      // An object of ours that nobody has judged is not healthy, whatever the rule for kinds without conditions.
      const wanted = status === 'Current' && !isJudged ? 'Progressing' : expected[status];
      expect([JSON.stringify(state), healths[at]?.status]).toEqual([JSON.stringify(state), wanted]);
    }
  });

  it('waits for an operator that has not come yet, and says what is suspended', async () => {
    const fresh = { metadata: { generation: 1 }, spec: {}, status: { observedGeneration: -1 } };
    const objects = [{ metadata: { generation: 1 }, spec: {} }, fresh, { ...fresh, spec: { suspend: true } }];
    expect(await healthOf(objects, await readFile(script, 'utf8'))).toEqual([
      { status: 'Progressing', message: 'waiting for the operator' },
      { status: 'Progressing', message: 'waiting for the operator' },
      { status: 'Suspended', message: 'spec.suspend is true' },
    ]);
  });

  it('passes on what the operator says, whatever characters are in it', async () => {
    const message = 'the plan "a\\b" has\n\ttabs, ünïcode and ]] more';
    const [health] = await healthOf(
      [
        {
          metadata: { generation: 1 },
          status: { observedGeneration: 1, conditions: [{ type: 'Stalled', status: 'True', message }] },
        },
      ],
      await readFile(script, 'utf8'),
    );
    expect(health).toEqual({ status: 'Degraded', message });
  });

  it('stands in the documentation as it is here', async () => {
    const [, block] = /```yaml\n# argocd-cm\n([\s\S]*?)```/.exec(await readFile(page, 'utf8')) ?? [];
    const map = parse(block ?? '') as { data: Record<string, string> };
    const customizations = parse(map.data['resource.customizations'] ?? '') as Record<string, Record<string, string>>;
    expect(customizations['coppice.dev/*']?.['health.lua']).toBe(await readFile(script, 'utf8'));
  });
});
