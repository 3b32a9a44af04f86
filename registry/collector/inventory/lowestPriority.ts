import os from 'node:os';

/**
 * Lets whoever serves clients go before the thread that asks. Linux takes a priority for one thread; elsewhere it would be the whole process's, which keeps
 * what it has.
 */
export function takeLowestPriority(): void {
  if (process.platform === 'linux') os.setPriority(os.constants.priority.PRIORITY_LOW);
}
