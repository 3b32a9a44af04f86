import { readFile } from 'node:fs/promises';
import type { Administration } from '../registry/admin/administration.ts';
import { type ReplicaConfig, readConfiguration } from '../registry/config/configuration.ts';
import type { Local } from '../registry/program/local.ts';
import { AdminClient } from '../operator/admin/client.ts';
import type { Call } from './command.ts';
import { Failure } from './failure.ts';
import { becomeOwner } from './owner.ts';
import { keepingAwake } from './wakefulness.ts';

/** Whom a command asks, until it is closed. */
interface Administered {
  readonly administration: Administration;
  readonly close: () => Promise<void>;
}

/** Whose: those of the storage's gate, or those that are configured, which must be the same. */
export type Durations = 'ofGate' | 'asConfigured';

const usualOrigin = 'http://127.0.0.1:5443';

/** Through a replica's admin API or, with `--storage` or `--config`, in this process straight on the storage. */
export async function administer<T>(call: Call, work: (administration: Administration) => Promise<T>): Promise<T> {
  return until(await administered(call), ({ administration }) => work(administration));
}

/** The same straight on the storage of a replica's configuration, from a file or, without, from the environment. */
export async function administerConfigured<T>(
  call: Call,
  config: string | undefined,
  work: (administration: Administration) => Promise<T>,
): Promise<T> {
  return onStorage(call, await readConfig(call, config), 'asConfigured', ({ administration }) => work(administration));
}

/** Straight on the storage of this configuration, until the work is done. */
export async function onStorage<T>(
  call: Call,
  config: ReplicaConfig,
  durations: Durations,
  work: (opened: Local) => Promise<T>,
): Promise<T> {
  return until(await local(call, config, durations), work);
}

/** Timers of a storage let the process end; while it waits for nothing but them, it is not to. */
async function until<Opened extends { readonly close: () => Promise<void> }, T>(
  opened: Opened,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  return keepingAwake(async () => {
    try {
      return await work(opened);
    } finally {
      await opened.close();
    }
  });
}

async function administered(call: Call): Promise<Administered> {
  const [admin, storage, config] = [call.text('admin'), call.text('storage'), call.text('config')];
  const asked = [admin, storage, config].filter((one) => one !== undefined);
  if (asked.length > 1) throw new Failure('usage', 'give one of --admin, --storage and --config');
  if (storage !== undefined) return local(call, await readConfig(call, undefined, storage), 'ofGate');
  if (config !== undefined) return local(call, await readConfig(call, config), 'asConfigured');
  const [token, ca] = [await tokenOf(call), await caOf(call)];
  const client = new AdminClient({
    origin: originOf(admin ?? usualOrigin),
    ...(token === undefined ? {} : { token }),
    ...(ca === undefined ? {} : { ca }),
  });
  return { administration: client, close: async () => undefined };
}

/** The configuration of a replica, from a file (or none) and the environment; a mistake ends the command. */
export async function readConfig(call: Call, file: string | undefined, rootDirectory?: string): Promise<ReplicaConfig> {
  const { environment, signal } = call.world;
  if (rootDirectory === '') throw new Failure('usage', '--storage needs a directory');
  if (rootDirectory !== undefined) {
    // A storage that is named on the command line is all that is meant: no variable of a replica changes what is done to it.
    const usual = readConfiguration('--storage', undefined, {});
    return { ...usual, storage: { ...usual.storage, rootDirectory } };
  }
  const text = file === undefined ? undefined : await read(file, 'the configuration', signal);
  return readConfiguration(file ?? 'configuration', text, environment);
}

async function local(call: Call, config: ReplicaConfig, durations: Durations): Promise<Local> {
  const { terminal, signal, ...process } = call.world;
  await becomeOwner(config.storage.rootDirectory);
  // Only here: what asks a replica need not load one.
  const { openLocal } = await import('../registry/program/local.ts');
  return openLocal(config, { ...process, log: terminal.err, durations }, signal);
}

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOrigin = url?.pathname === '/' && url.search === '' && ['http:', 'https:'].includes(url.protocol);
  if (url === undefined || !isOrigin)
    throw new Failure('usage', `--admin takes a URL such as ${usualOrigin}, not ${JSON.stringify(text)}`);
  return url.origin;
}

async function tokenOf(call: Call): Promise<string | undefined> {
  const file = call.text('token-file') ?? call.world.environment['COPPICE_ADMIN_TOKEN_FILE'];
  if (file === undefined) return undefined;
  const token = (await read(file, 'the token', call.world.signal)).trim();
  if (!/^[\x21-\x7e]{1,4096}$/.test(token))
    throw new Failure('usage', `${file} holds no token: one line of printable characters`);
  return token;
}

/** Where the certificate authority of admin APIs lies, if it is not one that Node trusts. */
export function caFileOf(call: Call): string | undefined {
  return call.text('admin-ca') ?? call.world.environment['COPPICE_ADMIN_CA_FILE'];
}

async function caOf(call: Call): Promise<string | undefined> {
  const file = caFileOf(call);
  if (file === undefined) return undefined;
  const ca = await read(file, 'the certificate authority', call.world.signal);
  if (!ca.includes('-----BEGIN CERTIFICATE-----')) throw new Failure('usage', `${file} holds no certificate (PEM)`);
  return ca;
}

async function read(file: string, what: string, signal: AbortSignal): Promise<string> {
  try {
    return await readFile(file, { encoding: 'utf8', signal });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Failure('usage', `cannot read ${what}: ${why}`, { cause });
  }
}
