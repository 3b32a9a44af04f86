import { chown, mkdir } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { Authority } from '../cluster/authority.ts';
import { kubectl } from '../cluster/kubectl.ts';
import { chart, helm } from './helm.ts';

export interface ReleaseSettings {
  /** A path: of a cluster whose node has the image. */
  readonly kubeconfig: string;
  /** A folder for what Helm and kubectl keep. */
  readonly home: string;
}

/** Fast, so that nobody need wait; in the proportions of the defaults. */
export const quick = {
  permitTTL: '1s',
  window: '2s',
  holdBudget: '2s',
  promiseTTL: '3s',
  minAge: '1s',
  confirmAfter: '0s',
} as const;

export const namespace = 'registry';
const user = 65_532;

/** The chart as release `r` in namespace `registry`, where pods are judged by "restricted", with what it leaves to its user: a volume and a certificate. */
export class Release {
  readonly #settings: ReleaseSettings;

  constructor(settings: ReleaseSettings) {
    this.#settings = settings;
  }

  /** Makes the namespace, a volume on this directory of the node, and the Secret with the replicas' certificate. */
  async furnish(storage: string, signal: AbortSignal): Promise<void> {
    await mkdir(storage);
    await chown(storage, user, user); // no fsGroup is applied to a directory of the node
    for (const document of [judgedNamespace, volumeAt(storage), certificateFor(`r-coppice-admin.${namespace}.svc`)])
      await this.apply(document, signal);
  }

  /** `coppice`: the registry's own part of its configuration. Resolves when all pods are ready. */
  async install(coppice: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
    const admin = { tls: { secretName: 'admin' }, tokenReview: { enabled: true } };
    const values = JSON.stringify({ config: { coppice }, admin });
    await this.helm(['install', 'r', chart, '--set-json', `registry=${values}`, ...patiently], signal);
  }

  /** The Registry that the notes of the release show, as `main`. */
  async applyRegistry(signal: AbortSignal): Promise<void> {
    const notes = await this.helm(['get', 'notes', 'r'], signal);
    const shown = /^ {2}apiVersion: coppice\.dev\/v1alpha1\n(?: {2}.*\n)+/m.exec(notes)?.[0];
    if (shown === undefined) throw new Error(`the notes show no Registry:\n${notes}`);
    const registry = parse(shown) as { readonly metadata: object };
    await this.apply({ ...registry, metadata: { ...registry.metadata, name: 'main' } }, signal);
  }

  /** A Secret out of files, made or renewed as a user does it: the words after `kubectl create secret`. */
  async putSecret(words: readonly string[], signal: AbortSignal): Promise<void> {
    const document = await this.kubectl(['create', 'secret', ...words, '--dry-run=client', '-o', 'yaml'], signal);
    await this.kubectl(['apply', '-f', '-'], signal, document);
  }

  /** As a user applies it. What it prints. */
  apply(document: object, signal: AbortSignal): Promise<string> {
    return this.kubectl(['apply', '-f', '-'], signal, stringify(document));
  }

  /** What kubectl prints, in the namespace; rejects with what it says when it fails. */
  async kubectl(args: readonly string[], signal: AbortSignal, input?: string): Promise<string> {
    const said = await kubectl(this.#settings, ['--namespace', namespace, ...args], signal, input);
    if (said.exitCode !== 0) throw new Error(`kubectl ${args.join(' ')}: ${said.stderr}`);
    return said.stdout;
  }

  async helm(args: readonly string[], signal: AbortSignal): Promise<string> {
    const said = await helm('helm4', [...args, '--namespace', namespace], this.#settings, signal);
    if (said.exitCode !== 0) throw new Error(`helm ${args.join(' ')}: ${said.stderr}`);
    return said.stdout;
  }
}

/** For `helm install` and `upgrade`. */
export const patiently = ['--wait', '--timeout', '180s'] as const;

const judgedNamespace = {
  ...{ apiVersion: 'v1', kind: 'Namespace' },
  metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
};

function volumeAt(path: string): object {
  const spec = { capacity: { storage: '50Gi' }, accessModes: ['ReadWriteMany'], hostPath: { path, type: 'Directory' } };
  return { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'images' }, spec };
}

function certificateFor(name: string): object {
  const authority = new Authority('replicas');
  const { certificate, key } = authority.issueServer('replica', [name]);
  const stringData = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': authority.certificate };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'admin', namespace }, stringData };
}
