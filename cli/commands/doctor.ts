import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { ReplicaConfig } from '../../registry/config/configuration.ts';
import type { Call, Command } from '../command.ts';
import { type Diagnosis, DiagnosisDocument, DiagnosisText } from '../diagnosis.ts';
import { type Ending, Failure } from '../failure.ts';
import { oneOperand } from '../operands.ts';
import { outputOption } from '../options.ts';
import { becomeOwner } from '../owner.ts';
import { StatusLine } from '../statusLine.ts';
import { note } from '../terminal.ts';
import { bytes, count } from '../units.ts';
import { type Durations, onStorage, readConfig } from '../where.ts';
import type { Findings } from '../../registry/doctor/findings.ts';
import type { Repairs } from '../../registry/doctor/repair.ts';

const shown = 20;
const mostThreads = 4;

export const doctor: Command = {
  name: 'doctor',
  summary: 'Look at everything on a storage, and say what is wrong and what to do about it',
  usage: '[--deep] [--repair [--yes]] [OPTION…] CONFIG|DIR',
  about:
    'Changes nothing, also while replicas or other registries serve the storage. Exit code 3 if a person is needed, 1 if something could not be read.',
  options: {
    deep: { type: 'boolean', says: 'hash every blob, and list each of their directories' },
    repair: {
      type: 'boolean',
      says: 'what a repair would take away: dangling tags, manifests without bytes, abandoned uploads',
    },
    yes: { type: 'boolean', says: 'with --repair: do it' },
    ...outputOption,
  },
  examples: [
    ['coppice doctor /var/lib/registry', 'a directory that any registry has served'],
    ['coppice doctor --deep -o json /etc/docker/registry/config.yml', 'every finding and every byte'],
    ['coppice doctor --repair --yes /var/lib/registry', 'beside the replicas that serve it'],
  ],
  async run(call) {
    const operand = oneOperand(call, 'a configuration or the directory of a storage');
    const { config, durations } = await configOf(call, operand);
    if (call.flag('yes') && !call.flag('repair')) throw new Failure('usage', '--yes belongs to --repair');
    await becomeOwner(config.storage.rootDirectory);
    const { findings, repairs } = await diagnose(call, config);
    const mended = call.flag('repair') ? await repair(call, config, durations, repairs) : 0;
    return endingOf(findings, mended);
  },
};

async function configOf(
  call: Call,
  operand: string,
): Promise<{ readonly config: ReplicaConfig; readonly durations: Durations }> {
  const isDirectory = await stat(operand).then(
    (found) => found.isDirectory(),
    (cause: unknown) => {
      throw new Failure('usage', `${operand}: ${String(cause)}`, { cause });
    },
  );
  return isDirectory
    ? { config: await readConfig(call, undefined, operand), durations: 'ofGate' }
    : { config: await readConfig(call, operand), durations: 'asConfigured' };
}

async function diagnose(
  call: Call,
  { storage: { rootDirectory: root }, coppice: { uploadsMs } }: ReplicaConfig,
): Promise<{ readonly findings: Findings; readonly repairs: Repairs }> {
  const { terminal, signal, ...process } = call.world;
  // Only here: what asks a replica need not load a storage.
  const [{ examineDirectory, isStorage }, { Findings }, { Repairs }] = await Promise.all([
    import('../../registry/doctor/directory.ts'),
    import('../../registry/doctor/findings.ts'),
    import('../../registry/doctor/repair.ts'),
  ]);
  if (!(await isStorage(root, signal))) throw new Failure('usage', `${root}: no registry has stored anything here`);
  const line = new StatusLine(terminal);
  const [findings, repairs] = [new Findings(shown), new Repairs()];
  const diagnosis: Diagnosis =
    call.output === 'json' ? new DiagnosisDocument(terminal) : new DiagnosisText(terminal, process.now());
  const options = {
    uploadsMs,
    ...(call.flag('deep') ? { hashingThreads: Math.min(mostThreads, availableParallelism()) } : {}),
    counted: ({ repositories, manifests, blobs }: { repositories: number; manifests: number; blobs: number }) => {
      line.show(
        `${count(blobs, 'blob')}; ${count(repositories, 'repository', 'repositories')}, ${count(manifests, 'manifest')}`,
      );
    },
    hashed: (read: number, all: number) => {
      line.show(`hashed ${bytes(read)} of ${bytes(all)}`);
    },
  };
  try {
    const examined = await examineDirectory(
      root,
      process,
      options,
      (finding) => {
        findings.add(finding);
        repairs.add(finding);
        diagnosis.found(finding);
      },
      signal,
    );
    line.clear();
    diagnosis.end(examined, findings);
  } finally {
    line.clear();
  }
  return { findings, repairs };
}

/** How many errors are none any more afterwards. */
async function repair(call: Call, config: ReplicaConfig, durations: Durations, repairs: Repairs): Promise<number> {
  const { terminal, signal, fresh } = call.world;
  const { counts } = repairs;
  const isNeeded = counts.tags + counts.manifests + counts.uploads > 0;
  if (!isNeeded) note(terminal, 'there is nothing that a repair would do');
  else if (!call.flag('yes')) note(terminal, `a repair would take away ${told(counts)}: add --yes`);
  if (!isNeeded || !call.flag('yes')) return 0;
  return onStorage(call, config, durations, async ({ storage, deletions }) => {
    const ports = { deletions, driver: storage.driver, fresh, uploadsMs: config.coppice.uploadsMs };
    const repaired = await repairs.carryOut(ports, signal);
    note(terminal, `took away ${told(repaired)}`);
    if (repaired.spared > 0) note(terminal, `${repaired.spared} more had been pushed again or deleted meanwhile`);
    for (const object of repaired.waiting) note(terminal, `${object} is being used; try again`);
    return repaired.tags + repaired.manifests + repaired.spared;
  });
}

function told({ tags, manifests, uploads }: Repairs['counts']): string {
  return `${count(tags, 'tag')}, ${count(manifests, 'link of a manifest', 'links of manifests')} and ${count(uploads, 'upload')}`;
}

function endingOf(findings: Findings, mended: number): Ending {
  if (findings.has('Unreadable')) return 'failed';
  return findings.count('error') + findings.count('warning') > mended ? 'asks' : 'ok';
}
