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
  coming.forEach((each, at) => {
    unlessItFails(() => {
      lookAt(each, at);
    });
  });
});

function lookAt(coming: Coming, at: number): void {
  switch (coming.is) {
    case 'names':
      if (isOurs(at)) readdirSync(join(root, coming.directory));
      return;
    case 'files':
      for (const name of readdirSync(join(root, coming.directory))
        .filter((_name, each) => isOurs(each))
        .toSorted())
        readBelow(coming, name);
      return;
    case 'looks':
      for (const file of coming.files.filter((_file, each) => isOurs(each)))
        unlessItFails(() => statSync(join(root, file)));
  }
}

function isOurs(at: number): boolean {
  return at % threads === number;
}

function readBelow({ directory, file, withBlob }: Coming & { readonly is: 'files' }, name: string): void {
  unlessItFails(() => {
    read(join(root, directory, name, file));
  });
  const blob = withBlob ? digestOf('sha256', name) : undefined;
  if (blob === undefined) return;
  unlessItFails(() => {
    read(join(root, layout.blob(blob)));
  });
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
function unlessItFails(look: () => unknown): void {
  try {
    look();
  } catch {
    return;
  }
}
