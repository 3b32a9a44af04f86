/**
 * Runs what `npm test` promises, one step after the other, and ends with one line `N passed, N failed`.
 * With `--full` the suites that need other tools run as well (hack/tools says how they are had).
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const schedulesOf = ['core/window', 'registry/simulation'];
const full = process.argv.includes('--full');
/** Said again at the end: what failed may stand thousands of lines further up. */
const failures: string[] = [];
const reports = await mkdtemp(join(tmpdir(), 'coppice-test-'));

/** `patient`: with what others leave of the processors. */
type Pace = 'usual' | 'patient';

async function succeeds(command: string, args: readonly string[], pace: Pace): Promise<boolean> {
  const [program, ...words] = pace === 'patient' ? (['nice', '-n', '19', command] as const) : ([command] as const);
  const child = spawn(program, [...words, ...args], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      resolve(code === 0);
    });
  });
}

async function check(script: string): Promise<Counts> {
  console.log(`\n── ${script}`);
  const ok = await succeeds('npm', ['run', '--silent', script], 'usual');
  if (!ok) failures.push(`npm run ${script}`);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

async function vitest(project: string, what: string, more: readonly string[], pace: Pace): Promise<Counts> {
  console.log(`\n── tests: ${what}`);
  const file = join(reports, `${what}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const ok = await succeeds('npx', ['vitest', 'run', '--project', project, ...reporters, ...more], pace);
  const report = JSON.parse(await readFile(file, 'utf8')) as VitestReport;
  const failed = Math.max(report.numFailedTests, report.numFailedTestSuites > 0 ? 1 : 0);
  const named = failedIn(report);
  failures.push(...named);
  if (!ok && named.length === 0)
    failures.push(`tests: ${what}: a threshold of coverage, or an error outside any test`, ...(await uncovered()));
  // A threshold that is missed fails the run although every test passed.
  return { passed: report.numPassedTests, failed: ok ? failed : Math.max(failed, 1), skipped: report.numPendingTests };
}

function failedIn({ testResults }: VitestReport): string[] {
  return testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, assertionResults }) => {
      const file = relative(process.cwd(), name);
      const tests = assertionResults.filter(({ status }) => status === 'failed');
      return tests.length === 0 ? [file] : tests.map(({ fullName }) => `${file}: ${fullName}`);
    });
}

/** The files that are not covered whole, as the coverage report names them; none if there is no report. */
async function uncovered(): Promise<string[]> {
  const text = await readFile(join('coverage', 'uncovered.txt'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => /\.ts\s/.test(line));
}

const total = { passed: 0, failed: 0, skipped: 0 };
function add(counts: Counts): void {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
}

try {
  for (const script of ['types', 'lint', 'lines']) add(await check(script));
  add(await vitest('quick', 'quick', ['--coverage'], 'usual'));
  if (full) {
    add(await check('tools'));
    // Schedules wait for nothing and ask no clock; all else waits for most of its time, for processes, windows and disks.
    const schedules = vitest('full', 'schedules', schedulesOf, 'patient');
    const others = schedulesOf.map((room) => `--exclude=${room}/**`);
    for (const counts of await Promise.all([vitest('full', 'full', others, 'usual'), schedules])) add(counts);
  }
} finally {
  await rm(reports, { recursive: true });
}
for (const failure of failures) console.log(`failed: ${failure}`);
process.exitCode = total.failed === 0 ? 0 : 1;
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
