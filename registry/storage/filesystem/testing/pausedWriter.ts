import { parseLifeId, parseWindowId } from '../../../../core/window/identity.ts';
import { FilesystemDriver } from '../driver.ts';

/*
 * A process of its own that stops itself (SIGSTOP) at the worst moment of one task, and writes the outcome to its output once it was continued:
 *
 *   commit LIFE PATH TEXT     between the temporary file and the rename
 *   remove WINDOW PATH        right before the rename into the door
 *   append LIFE DATA BLOB     with the upload's file open, between two blocks; then commits it as BLOB
 */
const [root = '', task, who = '', path = '', last = ''] = process.argv.slice(2);
const { signal } = new AbortController();
const life = parseLifeId(who);
const window = parseWindowId(who);
if (life === undefined || window === undefined) throw new Error(`not a name: ${who}`);

let stopsLeft = 1;
const stopOnce = async (): Promise<void> => {
  stopsLeft -= 1;
  if (stopsLeft === 0) process.kill(process.pid, 'SIGSTOP'); // the next thing this process does is what comes after
};
const plain = new FilesystemDriver(root);
const stopping = new FilesystemDriver(root, { before: stopOnce });

async function* stoppedBody(): AsyncGenerator<Uint8Array> {
  const block = new Uint8Array(512 * 1024).fill(1);
  yield block; // a whole block is written before the next is asked for
  await stopOnce();
  yield block.fill(2);
}

async function outcome(): Promise<string> {
  if (task === 'commit') return stopping.commit(life ?? fail(), path, new TextEncoder().encode(last), signal);
  if (task === 'remove') return stopping.remove(window ?? fail(), path, signal);
  if (task !== 'append') return fail();
  const size = await plain.append(path, 0, stoppedBody(), signal);
  return `${size} ${await plain.commitFile(life ?? fail(), path, last, signal)}`;
}

function fail(): never {
  throw new Error(`not a task: ${process.argv.join(' ')}`);
}

console.log(await outcome());
