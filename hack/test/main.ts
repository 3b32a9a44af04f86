/**
 * Runs what `npm test` promises, one step after the other, and ends with one line `N passed, N failed`.
 * With `--full` the suites that need other tools run as well (hack/tools says how they are had).
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
}

const full = process.argv.includes('--full');
const reports = await mkdtemp(join(tmpdir(), 'coppice-test-'));

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  const child = spawn(command, args, { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      resolve(code === 0);
    });
  });
}

async function check(script: string): Promise<Counts> {
  console.log(`\n── ${script}`);
  const ok = await succeeds('npm', ['run', '--silent', script]);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

async function vitest(project: string, ...more: readonly string[]): Promise<Counts> {
  console.log(`\n── tests: ${project}`);
  const file = join(reports, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const ok = await succeeds('npx', ['vitest', 'run', '--project', project, ...reporters, ...more]);
  const report = JSON.parse(await readFile(file, 'utf8')) as VitestReport;
  const failed = Math.max(report.numFailedTests, report.numFailedTestSuites > 0 ? 1 : 0);
  // A threshold that is missed fails the run although every test passed.
  return { passed: report.numPassedTests, failed: ok ? failed : Math.max(failed, 1), skipped: report.numPendingTests };
}

const total = { passed: 0, failed: 0, skipped: 0 };
function add(counts: Counts): void {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
}

try {
  for (const script of ['types', 'lint', 'lines']) add(await check(script));
  add(await vitest('quick', '--coverage'));
  if (full) {
    add(await check('tools'));
    add(await vitest('full'));
  }
} finally {
  await rm(reports, { recursive: true });
}
process.exitCode = total.failed === 0 ? 0 : 1;
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
