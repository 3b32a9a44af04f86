import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';

/** How many threads of this process run only when nobody else wants to: proc(5), `nice` in /proc/[pid]/task/[tid]/stat. */
export function patientThreads(): number {
  const stats = readdirSync('/proc/self/task').map((thread) =>
    readFileSync(`/proc/self/task/${thread}/stat`, 'latin1'),
  );
  const nice = (stat: string): string | undefined => stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16];
  return stats.filter((stat) => nice(stat) === String(constants.priority.PRIORITY_LOW)).length;
}
