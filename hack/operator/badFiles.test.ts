import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coppice } from '../load/command.ts';
import { conditionOf, document, OperatorWorld, policyOf, requestOf } from './world.ts';

const { signal } = new AbortController();
const rules = [{ name: 'all', tags: { glob: ['*'] }, keep: { latest: 3 } }];
const policy = { repositories: { include: ['team/**'] }, rules };
const cutoff = '2026-11-20T00:00:00Z';
const digest = `sha256:${'9f'.repeat(32)}`;

/** Documents that are refused: no object comes of them, and the operator says what, where, and why. */
const refused: readonly { name: string; file: string; text: object | string; says: RegExp }[] = [
  {
    name: 'YAML that does not parse',
    file: 'broken.yaml',
    text: 'apiVersion: coppice.dev/v1alpha1\nkind: DeleteRequest\nmetadata: {name: broken\n',
    says: /broken\.yaml.*line 4/,
  },
  {
    name: 'an unknown field',
    file: 'unknown-field.yaml',
    text: policyOf('unknown-field', { ...policy, retain: true }),
    says: /unknown-field\.yaml.*line \d+.*unknown field "spec\.retain"/,
  },
  {
    name: 'a broken CEL rule',
    file: 'no-cutoff.yaml',
    text: requestOf('no-cutoff', { targets: [{ repository: 'team/app', tag: 'latest' }] }),
    says: /no-cutoff\.yaml.*line \d+.*cutoff/,
  },
  {
    name: 'a mode that there is not',
    file: 'mode.yaml',
    text: policyOf('mode', { ...policy, mode: 'Enforced' }),
    says: /mode\.yaml.*spec\.mode: Unsupported value: "Enforced": supported values: "(Preview|Enforce)", "(Preview|Enforce)"/,
  },
  {
    name: 'a Registry with nothing to reach it by',
    file: 'bare.yaml',
    text: document('Registry', 'bare', {}),
    says: /bare\.yaml.*endpoints/,
  },
  {
    name: 'a CollectionRun without registry',
    file: 'run.yaml',
    text: document('CollectionRun', 'run', { mode: 'Execute' }),
    says: /run\.yaml.*spec\.registryRef: Required value/,
  },
];

/** Objects that are admitted, as an API server would, and say themselves what is wrong. */
const stalled: readonly { kind: string; name: string; spec: object; reason: string; says: RegExp }[] = [
  {
    kind: 'RetentionPolicy',
    name: 'bad-cron',
    spec: { ...policy, schedule: '61 2 * * *' },
    reason: 'InvalidSchedule',
    says: /spec\.schedule/,
  },
  {
    kind: 'RetentionPolicy',
    name: 'bad-zone',
    spec: { ...policy, schedule: '0 2 * * *', timeZone: 'Mars/Olympus' },
    reason: 'InvalidSchedule',
    says: /spec\.timeZone.*Mars\/Olympus/,
  },
  {
    kind: 'RetentionPolicy',
    name: 'bad-regex',
    spec: { ...policy, rules: [{ name: 'r', tags: { regex: '(' }, keep: {} }] },
    reason: 'InvalidSpec',
    says: /spec\.rules\[0\]\.tags\.regex/,
  },
  {
    kind: 'RetentionPolicy',
    name: 'no-registry',
    spec: { ...policy, registryRef: { name: 'nobody' } },
    reason: 'RegistryNotFound',
    says: /nobody/,
  },
  {
    kind: 'DeleteRequest',
    name: 'no-registry',
    spec: { registryRef: { name: 'nobody' }, targets: [{ repository: 'team/app', digest }] },
    reason: 'RegistryNotFound',
    says: /nobody/,
  },
  {
    kind: 'CollectionRun',
    name: 'no-registry',
    spec: { registryRef: { name: 'nobody' } },
    reason: 'RegistryNotFound',
    says: /nobody/,
  },
  {
    kind: 'Registry',
    name: 'bad-schedule',
    spec: { endpoints: ['http://127.0.0.1:9'], collection: { schedule: 'daily', timeZone: 'Europe/Berlin' } },
    reason: 'InvalidSchedule',
    says: /spec\.collection\.schedule/,
  },
];

describe('bad files among good ones', () => {
  let world: OperatorWorld;
  let told: string;

  beforeAll(async () => {
    world = await OperatorWorld.start({}, signal);
    await world.push('team/app', 'v1', signal);
    await world.write('registry.yaml', world.registry());
    for (const { file, text } of refused) await world.write(file, text);
    for (const { kind, name, spec } of stalled) {
      const whole = { registryRef: { name: 'main' }, ...spec };
      await world.write(`${kind}-${name}.yaml`, document(kind, name, kind === 'Registry' ? spec : whole));
    }
    await world.write(
      'good.yaml',
      policyOf('good', policy),
      requestOf('good', { targets: [{ repository: 'team/app', tagGlob: 'v*' }], cutoff }),
    );
    await world.startOperator(signal);
    await world.ready('RetentionPolicy', 'good', 'Evaluated', signal);
    const events = await coppice(['events', '--state', world.state], signal);
    const shown = await coppice(['get', 'all', '--state', world.state], signal);
    told = `${events.stdout}${shown.stderr}`;
  });
  afterAll(async () => world.remove());

  it('keep nobody else from going on', async () => {
    await world.ready('Registry', 'main', 'Coherent', signal);
    await world.ready('RetentionPolicy', 'good', 'Evaluated', signal);
    await world.ready('DeleteRequest', 'good', 'PlanReady', signal);
  });

  it.each(refused)('are refused with file and line: $name', ({ says }) => {
    expect(told.split('\n').filter((line) => says.test(line)).length).toBeGreaterThan(0);
  });

  it.each(stalled)('$kind $name has one condition that says what to do', async ({ kind, name, reason, says }) => {
    const seen = await world.ready(kind, name, reason, signal);
    expect(conditionOf(seen, 'Ready')).toMatchObject({ status: 'False' });
    expect(conditionOf(seen, 'Ready')?.message).toMatch(says);
    expect(conditionOf(seen, 'Stalled')?.status).toBe('True');
  });
});
