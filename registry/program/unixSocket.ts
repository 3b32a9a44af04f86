import { once } from 'node:events';
import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import type { UnixSocket } from '../config/listen.ts';
import { codeOf, type Listener, StartRefused } from './listeners.ts';

/**
 * Binds a listener to a socket in the file system, which goes when the listener closes. What a process that died left there is replaced; a socket on which
 * somebody answers, and any other file, are not. Rejects with `StartRefused`.
 */
export async function bindSocket({ listenOn }: Listener, key: string, socket: UnixSocket): Promise<UnixSocket> {
  const refused = (why: string, cause?: unknown): StartRefused =>
    new StartRefused(`${key}: cannot listen at ${socket.path}: ${why}`, { cause });
  try {
    const found = await standing(socket.path);
    if (found === 'other') throw refused('something is there, and it is no socket');
    if (found === 'answered') throw refused('somebody listens there');
    if (found === 'dead') await unlink(socket.path);
    await listenOn(socket.path);
    return socket;
  } catch (cause) {
    const code = codeOf(cause);
    if (code === undefined) throw cause;
    throw refused(reasons[code] ?? code, cause);
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'somebody else has just begun to listen there',
  EACCES: 'its directory is not there, or this user may not make it', // the system says the same of both
  ENOTDIR: 'its directory is none',
  EINVAL: 'the path is too long for a socket',
};

async function standing(path: string): Promise<'nothing' | 'other' | 'answered' | 'dead'> {
  try {
    if (!(await lstat(path)).isSocket()) return 'other';
    const connection = connect({ path });
    await once(connection, 'connect');
    connection.destroy();
    return 'answered';
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return 'nothing';
    if (code === 'ECONNREFUSED') return 'dead';
    throw error;
  }
}
