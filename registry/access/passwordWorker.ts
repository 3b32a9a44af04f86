import { compareSync } from 'bcryptjs';
import { parentPort } from 'node:worker_threads';

/** A password to be held against a hash of bcrypt, and whether it is the one. */
export interface PasswordQuestion {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}
export interface PasswordAnswer {
  readonly id: number;
  readonly matches: boolean;
}

/** The thread of `PasswordChecks`: one check takes as long as whoever made the hash wished, and the event loop would stand still. */
const port = parentPort;
if (port === null) throw new Error('this is the thread of the password checks, started by `PasswordChecks`');

port.on('message', ({ id, password, hash }: PasswordQuestion) => {
  port.postMessage({ id, matches: compareSync(password, hash) } satisfies PasswordAnswer);
});
