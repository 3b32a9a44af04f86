import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { digestOf } from '../../../core/oci/digest.ts';
import { layout } from '../../storage/layout.ts';
import type { Coming, ReaderOrder } from './readAhead.ts';

/** A thread that looks at what a walk comes to, and says nothing. */
const { root, number, threads } = workerData as ReaderOrder;
/** Links, and nearly all manifests. */
const bytes = Buffer.alloc(64 * 1024);

parentPort?.on('message', (coming: readonly Coming[]) => {
  for (const each of coming)
    unlessItFails(() => {
      lookBelow(each);
    });
});

function lookBelow({ directory, file, isRead }: Coming): void {
  const own = readdirSync(join(root, directory)).filter((_name, at) => at % threads === number);
  for (const name of own.toSorted()) {
    const place = join(root, directory, name, file);
    unlessItFails(() => {
      if (isRead) read(place);
      else statSync(place);
    });
    const blob = isRead ? digestOf('sha256', name) : undefined;
    if (blob !== undefined)
      unlessItFails(() => {
        read(join(root, layout.blob(blob)));
      });
  }
}

function read(place: string): void {
  const file = openSync(place, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (fstatSync(file).isFile()) readSync(file, bytes);
  } finally {
    closeSync(file);
  }
}

/** Whoever walks here will see the same, and decide what it means. */
function unlessItFails(look: () => void): void {
  try {
    look();
  } catch {
    return;
  }
}
