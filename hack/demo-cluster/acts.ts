import { setTimeout as pause } from 'node:timers/promises';
import { read } from '../demo/scenario.ts';
import type { Release } from '../helm/release.ts';
import { imageOf, layer, topOf } from '../load/images.ts';
import { blobsOnDisk } from '../load/tree.ts';
import type { Load } from './load.ts';
import type { Telling } from './telling.ts';

const unwanted = imageOf('unwanted', [layer('unwanted', 10_000)]);

/** Deletions can be undone for a moment only, so that bytes go while one watches. */
export const undoMs = 10_000;

type Changes = Readonly<Record<string, unknown>>;

/** What a person does with a release, one act after the other; each rejects where it does not come to its end. */
export class Acts {
  readonly #release: Release;
  readonly #telling: Telling;
  readonly #signal: AbortSignal;

  constructor(release: Release, telling: Telling, signal: AbortSignal) {
    this.#release = release;
    this.#telling = telling;
    this.#signal = signal;
  }

  async connect(): Promise<void> {
    await this.#release.applyRegistry(this.#signal);
    await this.#wait('cregistry/main', 'Ready');
    this.#telling.tell('the Registry from the notes of the release is applied; the operator found its replicas');
    await this.#get('cregistry');
  }

  async push({ client, ledger }: Load): Promise<void> {
    const outcome = await client.push('tools/scanner', unwanted, 'latest', this.#signal);
    if (outcome.is !== 'acknowledged') throw new Error(outcome.why);
    this.#telling.tell('four clients push through the Service, and go on all the time');
    const soon = AbortSignal.any([this.#signal, AbortSignal.timeout(90_000)]);
    while (ledger.acknowledged < 100) await pause(100, undefined, { signal: soon });
  }

  /** A policy: previewed, stopped by its limits, approved. */
  async retain({ ledger }: Load): Promise<void> {
    const rules = [{ name: 'pull-requests', tags: { glob: ['pr-*'] }, keep: { latest: 3 } }];
    await this.#apply('retention-policy.yaml', { mode: 'Preview', rules });
    await this.#wait('retpol/team', 'Ready');
    this.#telling.tell(`after ${ledger.acknowledged} pushes, kubectl apply of a RetentionPolicy: Preview,`);
    await this.#get('retpol');
    const enforcing = { mode: 'Enforce', rules, limits: { maxDeletesPerRun: 10 } };
    await this.#apply('retention-policy.yaml', enforcing);
    await this.#wait('retpol/team', 'Stalled');
    const path = 'jsonpath={.status.lastEvaluation.planDigest}';
    const approvedPlan = await this.#kubectl('get', 'retpol', 'team', '-o', path);
    this.#telling.tell(
      `then Enforce, which stops at its limits and asks: kubectl apply of approvedPlan ${approvedPlan}`,
    );
    await this.#apply('retention-policy.yaml', { ...enforcing, approvedPlan });
    await this.#wait('retpol/team', 'Ready');
    ledger.allowAbsent(isCandidate); // of what was pushed until now; later ones are not covered any more
    await this.#get('retpol');
  }

  /** A request, first previewed, then approved by its plan's digest. */
  async delete({ client }: Load): Promise<void> {
    const targets = [{ repository: 'tools/scanner', digest: topOf(unwanted).digest }];
    const wanted = { targets, cutoff: undefined };
    await this.#apply('delete-request.yaml', { ...wanted, mode: 'Preview' });
    await this.#wait('delreq/cve-2026-1234', 'Ready');
    this.#telling.tell('kubectl apply of a DeleteRequest: Preview,');
    await this.#get('delreq');
    const path = 'jsonpath={.status.plan.digest}';
    const approvedPlan = await this.#kubectl('get', 'delreq', 'cve-2026-1234', '-o', path);
    await this.#apply('delete-request.yaml', { ...wanted, mode: 'Execute', approvedPlan });
    await this.#wait('delreq/cve-2026-1234', 'Succeeded');
    this.#telling.tell('then Execute with the plan that is approved:');
    await this.#get('delreq');
    const { is } = await client.pull('tools/scanner', 'latest', this.#signal);
    if (is !== 'absent') throw new Error(`what the request names is ${is}`);
  }

  /** Collections while all replicas are replaced, as many as there is time for, and one after that. */
  async collect({ ledger }: Load): Promise<void> {
    await pause(undoMs, undefined, { signal: this.#signal }); // what was deleted is given up then
    const before = ledger.acknowledged;
    this.#telling.tell('undo periods are over; kubectl rollout restart of the registry, and CollectionRuns meanwhile');
    const replaced = new AbortController();
    await Promise.all([this.#collectUntil(replaced.signal), this.#replace(replaced)]);
    await this.#collection('after');
    await this.#wait('colrun/after', 'Succeeded');
    this.#telling.tell(`one more run after that; ${ledger.acknowledged - before} pushes were acknowledged meanwhile`);
    await this.#get('colrun');
  }

  async audit(): Promise<void> {
    const auditing = ['coppice', 'audit', '--config', '/etc/coppice/config.yml'];
    const said = await this.#kubectl('exec', 'deployment/r-coppice-registry', '--', ...auditing);
    this.#telling.tell(`kubectl exec, coppice audit: ${said.trim().split('\n').at(-1) ?? ''}`);
  }

  /** What stays on this directory of the node, and in the cluster, when the release goes. */
  async leave(storage: string): Promise<void> {
    const before = await blobsOnDisk(storage);
    await this.#release.helm(['uninstall', 'r', '--wait'], this.#signal);
    const after = await blobsOnDisk(storage);
    if (after.size !== before.size) throw new Error(`of ${before.size} blobs the uninstallation left ${after.size}`);
    this.#telling.tell(`helm uninstall: the claim with ${after.size} blobs and the definitions stay`);
    this.#telling.show(await this.#kubectl('get', ...left, '-o', 'name')); // rejects where one of them is not there
  }

  async #replace(replaced: AbortController): Promise<void> {
    try {
      await this.#kubectl('rollout', 'restart', 'deployment/r-coppice-registry');
      await this.#kubectl('rollout', 'status', 'deployment/r-coppice-registry', '--timeout=180s');
    } finally {
      replaced.abort();
    }
    this.#telling.tell('all replicas are new');
  }

  /** However each of them ends: its executor may be the replica that goes. */
  async #collectUntil(replaced: AbortSignal): Promise<void> {
    for (let number = 1; !replaced.aborted; number += 1) {
      await this.#collection(`during-${number}`);
      await this.#kubectl('wait', '--for=jsonpath={.status.completionTime}', timeout, `colrun/during-${number}`);
    }
  }

  async #collection(name: string): Promise<void> {
    const example = await read('collection-run.yaml');
    await this.#release.apply({ ...example, metadata: { ...example.metadata, name } }, this.#signal);
  }

  async #apply(example: string, changes: Changes): Promise<void> {
    const document = await read(example);
    await this.#release.apply({ ...document, spec: { ...document.spec, ...changes } }, this.#signal);
  }

  async #wait(object: string, condition: string): Promise<void> {
    try {
      await this.#kubectl('wait', `--for=condition=${condition}`, timeout, object);
    } catch (error) {
      // What it waits for is often a run, and why that one did not end well is in its record.
      const told = [
        await this.#kubectl('get', object, '-o', 'yaml'),
        await this.#kubectl('describe', 'collectionruns'),
      ];
      throw new Error(told.join('\n'), { cause: error });
    }
  }

  async #get(kind: string): Promise<void> {
    this.#telling.show(await this.#kubectl('get', kind));
  }

  #kubectl(...args: readonly string[]): Promise<string> {
    return this.#release.kubectl(args, this.#signal);
  }
}

const timeout = '--timeout=90s';

const definitions = ['collectionruns', 'deleterequests', 'registries', 'retentionpolicies'];
const left = ['pvc/r-coppice-registry', ...definitions.map((plural) => `crd/${plural}.coppice.dev`)];

/** What the policy of the examples may remove. */
function isCandidate(_repository: string, tag: string): boolean {
  return tag.startsWith('pr-');
}
