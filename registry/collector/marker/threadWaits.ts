import { readFileSync } from 'node:fs';
import { codeOf } from '../../storage/filesystem/failure.ts';

/**
 * How often the thread that asks has waited for a disk, a network or a lock since it began. The process's own count, which is all that there is on other systems than
 * Linux, is mostly that of the threads that serve clients.
 */
export function threadWaits(): number {
  const count = /^voluntary_ctxt_switches:\s*(\d+)$/m.exec(statusOfThread())?.[1];
  return count === undefined ? process.resourceUsage().voluntaryContextSwitches : Number(count);
}

function statusOfThread(): string {
  try {
    return readFileSync('/proc/thread-self/status', 'latin1');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}
