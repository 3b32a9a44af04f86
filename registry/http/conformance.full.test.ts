import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { AlternatingProxy } from '../../hack/load/alternatingProxy.ts';
import { Fleet } from '../../hack/load/fleet.ts';
import { lacking, toolPath } from '../../hack/tools/cache.ts';
import { TestServer } from './testing/testServer.ts';

const { signal } = new AbortController();

/** The suite of distribution-spec, with what each mode switches on beside its defaults. */
const modes = [
  { mode: 'stable', validation: 'full', env: { OCI_VERSION: '1.1' } },
  { mode: 'dev', validation: 'full', env: { OCI_VERSION: 'dev' } },
  { mode: 'max', validation: 'disabled', env: { OCI_VERSION: 'dev', OCI_DATA_SPARSE: 'true' } },
] as const;

/** What the suite is pointed at. */
interface Served {
  readonly port: number;
  /** What the registry itself says went wrong. */
  faults(): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

type Validation = (typeof modes)[number]['validation'];

async function oneReplica(_folder: string, validation: Validation): Promise<Served> {
  const server = await TestServer.start({ validation });
  return { port: server.port, faults: async () => Promise.resolve(server.errors), close: () => server.close() };
}

/** Two processes on one directory. No two requests that follow one another meet the same replica. */
async function twoReplicas(folder: string, validation: Validation): Promise<Served> {
  const sections = { validation: { disabled: validation === 'disabled' } };
  const fleet = await Fleet.start(2, { folder, coppice: {}, sections }, signal);
  const proxy = await AlternatingProxy.start(
    fleet.replicas.map(({ api }) => api),
    signal,
  );
  return {
    port: proxy.port,
    faults: async () => {
      const [first = 0, second = 0] = proxy.given;
      const idle = Math.min(first, second) < 400 ? [`${first} and ${second} requests`] : [];
      return [...(await fleet.faults()), ...idle];
    },
    close: async () => {
      await proxy.end();
      await fleet.end();
    },
  };
}

describe.each([
  { name: 'one replica', serve: oneReplica },
  { name: 'two replicas in turn', serve: twoReplicas },
])('OCI conformance, $name', ({ name, serve }) => {
  it.each(modes)('$mode: nothing fails, and nothing is unsupported', async ({ mode, validation, env }) => {
    expect(await lacking('conformance')).toBeUndefined();
    const folder = await mkdtemp(join(tmpdir(), 'coppice-conformance-'));
    const server = await serve(folder, validation);
    try {
      const output = await runSuite(folder, { ...env, OCI_REGISTRY: `127.0.0.1:${server.port}` });
      const totals = await readTotals(folder);
      console.log(`conformance ${mode}, ${name}: ${JSON.stringify(totals)}`);
      expect(await server.faults()).toEqual([]);
      expect(totals, output).toMatchObject({ fail: 0, error: 0, skip: 0 });
      expect(totals.tests).toBeGreaterThan(800);
    } finally {
      await server.close();
      await rm(folder, { recursive: true });
    }
  });
});

async function runSuite(results: string, env: Readonly<Record<string, string>>): Promise<string> {
  const suite = spawn(toolPath('conformance'), [], {
    cwd: results,
    env: { PATH: process.env['PATH'], ...env, OCI_TLS: 'disabled', OCI_RESULTS_DIR: results },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  suite.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  suite.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  suite.once('error', reject);
  suite.once('close', () => {
    resolve(undefined);
  });
  await promise;
  return Buffer.concat(output).toString('utf8').slice(-20_000);
}

interface Totals {
  readonly tests: number;
  readonly fail: number;
  readonly error: number;
  readonly skip: number;
  /** Passed of those that the mode switches on: APIs, and kinds of data. */
  readonly apis: string;
  readonly data: string;
}

async function readTotals(results: string): Promise<Totals> {
  const [suites = ''] = /<testsuites[^>]*>/.exec(await readFile(join(results, 'junit.xml'), 'utf8')) ?? [];
  const report = parse(await readFile(join(results, 'results.yaml'), 'utf8')) as Report;
  return {
    tests: attribute(suites, 'tests'),
    fail: attribute(suites, 'failures'),
    error: attribute(suites, 'errors'),
    skip: attribute(suites, 'skipped'),
    apis: fraction(report.apis),
    data: fraction(report.data),
  };
}

interface Report {
  readonly apis: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

/** An attribute that is not written is 0. */
function attribute(element: string, name: string): number {
  return Number(new RegExp(` ${name}="([0-9]+)"`).exec(element)?.[1] ?? 0);
}

function fraction(statuses: Readonly<Record<string, string>>): string {
  const all = Object.values(statuses).filter((status) => status !== 'Disabled');
  return `${all.filter((status) => status === 'Pass').length}/${all.length}`;
}
