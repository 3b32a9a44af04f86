import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StateError } from './failure.ts';

/*
 * One operator per state directory. The lock is the kernel's own on an open file (fcntl), taken through SQLite because Node offers no other way to it:
 *
 * - it goes with its process, also by kill -9: nothing stale is left that somebody would have to judge and remove, which is where locks of pid files lose
 *   to two processes that start at the same moment;
 * - it holds between containers that share a directory, where pids and abstract sockets of one mean nothing to the other, and where a path is too long for
 *   a socket.
 *
 * The database is never written. A file system without locks refuses, and so does this.
 */

const busy = 5;
/** Who only looks whether the lock is held holds it for a moment, too. */
const patienceMs = 250;

export interface Lock {
  release(): void;
}

/** `held`: by another process, or by this one already. */
export function acquireLock(file: string): Lock | 'held' {
  const database = new DatabaseSync(file, { timeout: patienceMs });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return 'held';
    throw new StateError(file, `cannot be locked: ${String(error)}`, { cause: error });
  }
  return {
    release(): void {
      database.close();
    },
  };
}

/** Whether anybody holds it now. */
export function isLocked(file: string): boolean {
  if (!existsSync(file)) return false;
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    database.prepare('SELECT 1 FROM sqlite_schema').all();
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw new StateError(file, `cannot be looked at: ${String(error)}`, { cause: error });
  } finally {
    database.close();
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === busy;
}
