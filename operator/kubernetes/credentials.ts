import { readFileSync } from 'node:fs';
import type { AgentOptions, RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import { KubeConfig, type User } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { fieldIn } from '../api/document.ts';
import { ClusterError } from './failure.ts';

/** Where the API server and who asks it are read from. */
export interface ClusterSource {
  /** A kubeconfig file. Absent: what kubectl would take, or else the service account of a pod. */
  readonly kubeconfig?: string;
  /** Of the kubeconfig. Absent: its current one. */
  readonly context?: string;
}

/** How a request goes out at this moment: tokens and certificates are replaced on disk while the operator runs. */
export interface Dialling {
  /** With the path under which the API lies, without a slash at its end. */
  readonly server: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: AgentOptions;
  /** Where the kubeconfig names a proxy: what goes through it. */
  readonly proxy?: NonNullable<RequestOptions['agent']>;
}

/** A kubeconfig, which `@kubernetes/client-node` reads: it knows every way in which clusters are authenticated to. */
export class Credentials {
  readonly #source: ClusterSource;
  #config: KubeConfig;

  /** Reads the kubeconfig. Throws `ClusterError` where it cannot be used. */
  constructor(source: ClusterSource) {
    this.#source = source;
    this.#config = load(source);
  }

  /** The namespace of the context; in a pod, the pod's own. */
  get namespace(): string | undefined {
    return this.#config.getContextObject(this.#config.getCurrentContext())?.namespace;
  }

  /** Reads everything anew: the API server did not take what was remembered. */
  reload(): void {
    this.#config = load(this.#source);
  }

  /** Rejects with `ClusterError`. */
  async dialling(): Promise<Dialling> {
    const cluster = this.#config.getCurrentCluster();
    const options: RequestOptions = {};
    try {
      await this.#config.applyToHTTPSOptions(options);
    } catch (cause) {
      throw new ClusterError(`the credentials of the kubeconfig cannot be used: ${messageOf(cause)}`, { cause });
    }
    if (cluster === null || !URL.canParse(cluster.server)) throw new ClusterError('the kubeconfig names no API server');
    const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername, agent } = options;
    const tls = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
    return {
      server: new URL(cluster.server.replace(/\/+$/, '')),
      headers: headersOf(options),
      tls: Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined)),
      ...(cluster.proxyUrl === undefined || agent === undefined ? {} : { proxy: agent }),
    };
  }
}

function load({ kubeconfig, context }: ClusterSource): KubeConfig {
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else loadFile(config, kubeconfig);
  } catch (cause) {
    throw new ClusterError(`cannot read the kubeconfig: ${messageOf(cause)}`, { cause });
  }
  if (context !== undefined) config.setCurrentContext(context);
  const chosen = config.getContextObject(config.getCurrentContext());
  if (chosen === null) {
    const names = config.getContexts().map(({ name }) => name);
    throw new ClusterError(`the kubeconfig has no context ${config.getCurrentContext()}: it has ${names.join(', ')}`);
  }
  // What client-node makes up where it finds nothing.
  if (chosen.name === 'loaded-context')
    throw new ClusterError('there is no kubeconfig, and this is no pod of a cluster');
  if (config.getCurrentCluster() === null) {
    throw new ClusterError(`the kubeconfig's context ${chosen.name} names no cluster that is there`);
  }
  const user = config.getCurrentUser();
  if (user === null || !canProveItself(user)) {
    const hint = 'a tokenFile is only read of a file that is named';
    throw new ClusterError(
      `the kubeconfig's context ${chosen.name} has no credentials that are understood here: ${hint}`,
    );
  }
  return config;
}

/** A `tokenFile` is one of the ways of kubectl that client-node passes over; whoever relied on it would be nobody. */
function loadFile(config: KubeConfig, path: string): void {
  config.loadFromFile(path);
  const users: unknown = fieldIn(parse(readFileSync(path, 'utf8')), 'users');
  const tokenFiles = new Map(
    (Array.isArray(users) ? users : []).map((one: unknown) => [
      fieldIn(one, 'name'),
      fieldIn(fieldIn(one, 'user'), 'tokenFile'),
    ]),
  );
  config.users = config.users.map((user) => {
    const tokenFile = tokenFiles.get(user.name);
    if (typeof tokenFile !== 'string') return user;
    return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile: resolve(dirname(path), tokenFile) } } };
  });
}

/** An operator is somebody: as nobody it would be refused each thing by itself. */
function canProveItself({ token, username, certData, certFile, exec, authProvider }: User): boolean {
  return [token, username, certData, certFile, exec, authProvider].some(Boolean);
}

function headersOf({ headers, auth }: RequestOptions): Record<string, string> {
  const given = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value).trim()]);
  const basic = auth === undefined || auth === null ? {} : { authorization: `Basic ${btoa(auth)}` };
  return { ...basic, ...(Object.fromEntries(given) as Record<string, string>) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
