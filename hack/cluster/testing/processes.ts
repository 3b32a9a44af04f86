import { readdir, readFile } from 'node:fs/promises';

/** The command lines of all processes of this machine that name `folder`, words separated by NUL. */
export async function processesOf(folder: string): Promise<string[]> {
  const lines: string[] = [];
  for (const name of await readdir('/proc')) if (/^\d+$/.test(name)) lines.push(await commandLine(name));
  return lines.filter((line) => line.includes(folder));
}

/** Empty for one that has ended meanwhile. */
async function commandLine(pid: string): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/cmdline`, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return '';
    throw error;
  }
}
