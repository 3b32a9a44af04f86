import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { digestOf } from '../../../core/oci/digest.ts';
import { layout } from '../../storage/layout.ts';
import { takeLowestPriority } from './lowestPriority.ts';
import type { Coming, ReaderOrder } from './readAhead.ts';

/** A thread that looks at what a walk comes to, and says nothing. */
const { root, number, threads } = workerData as ReaderOrder;
/** Links, and nearly all manifests. */
const bytes = Buffer.alloc(64 * 1024);

takeLowestPriority();

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
      if (coming.withBlobs) ourNames(coming.directory).forEach(readBlob);
      else if (isOurs(at)) readdirSync(join(root, coming.directory));
      return;
    case 'files':
      for (const name of ourNames(coming.directory)) read(join(coming.directory, name, coming.file));
      return;
    case 'looks':
      for (const file of ours(coming.files)) unlessItFails(() => statSync(join(root, file)));
      return;
    case 'reads':
      ours(coming.files).forEach(read);
  }
}

function ourNames(directory: string): readonly string[] {
  return ours(readdirSync(join(root, directory))).toSorted();
}

function ours(names: readonly string[]): readonly string[] {
  return names.filter((_name, at) => isOurs(at));
}

function isOurs(at: number): boolean {
  return at % threads === number;
}

function readBlob(name: string): void {
  const blob = digestOf('sha256', name);
  if (blob !== undefined) read(layout.blob(blob));
}

function read(path: string): void {
  unlessItFails(() => {
    const file = openSync(join(root, path), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (fstatSync(file).isFile()) readSync(file, bytes);
    } finally {
      closeSync(file);
    }
  });
}

/** Whoever walks here will see the same, and decide what it means. */
function unlessItFails(look: () => unknown): void {
  try {
    look();
  } catch {
    return;
  }
}
