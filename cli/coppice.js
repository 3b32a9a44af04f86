#!/usr/bin/env node
// The command as plain JavaScript, so that an old Node can say what is wrong. Node strips no types under node_modules, so a package brings dist/;
// in a checkout the sources run as they are, and a dist/ that may be stale is passed over.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

const needed = 24;

// Each push makes some ten calls that wait for the disk, and Node's usual four threads are then all waiting, with the steps of a window in the queue behind them.
// Read when the first of them is needed, and so set before anything else is loaded.
process.env.UV_THREADPOOL_SIZE ??= '24';

// Bytes that are pushed and pulled lie outside of the heap. By default V8 collects the whole heap for every 64 MB of them that come by, be they long gone: half of
// all the time that a large push took. So they count as what the heap holds does.
setFlagsFromString('--external-memory-accounted-in-global-limit');

async function start() {
  const found = Number(process.versions.node.split('.')[0]);
  if (found < needed) {
    const hint = 'in a checkout, `npm ci` brings it and `npx coppice` uses it';
    console.error(`coppice needs Node ${needed} or newer, and this is ${process.versions.node}; ${hint}`);
    process.exitCode = 2;
    return;
  }
  const sources = new URL('main.ts', import.meta.url);
  const built = new URL('../dist/cli/main.js', import.meta.url);
  const isInstalled = fileURLToPath(import.meta.url)
    .split(/[\\/]/)
    .includes('node_modules');
  if (!isInstalled && existsSync(sources)) await import(sources.href);
  else if (existsSync(built)) await import(built.href);
  else {
    console.error('coppice: this package was not built: dist/cli/main.js is missing (`npm run build`)');
    process.exitCode = 2;
  }
}

await start();
