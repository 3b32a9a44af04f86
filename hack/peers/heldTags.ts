import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { coppice } from '../load/command.ts';
import type { Replica } from '../load/replica.ts';
import { HeldWindow } from './heldWindow.ts';

/** Of a replica whose tags are held: what was pushed a minute ago can be removed. */
export const heldDurations = { permitTTL: '1s', promiseTTL: '20s', minAge: '1s', confirmAfter: '0s' };

const policy = `apiVersion: coppice.dev/v1alpha1
kind: RetentionPolicy
metadata: { name: everything, namespace: tests }
spec:
  registryRef: { name: main }
  mode: Enforce
  repositories: { include: ['held/**'] }
  rules: [{ name: nothing, tags: { glob: ['*'] }, keep: { latest: 0 } }]
`;

/** Of the storage that is held, and a folder for a policy. */
interface Place {
  readonly storage: string;
  readonly replica: Replica;
  readonly folder: string;
}

/**
 * A frozen window that holds every tag of the repositories below `held/`, which a policy removes. Rejects where the run cannot be planned, or ends and no
 * window of it was caught.
 */
export async function holdTags({ storage, replica, folder }: Place, signal: AbortSignal): Promise<HeldWindow> {
  const file = join(folder, 'policy.yaml');
  await writeFile(file, policy);
  const run = ['-f', file, '--config', replica.config, '-o', 'json'];
  const planned = await coppice(['plan', ...run], signal);
  const plan = /"digest": "(sha256:[0-9a-f]+)"/.exec(planned.stdout)?.[1];
  if (plan === undefined) throw new Error(planned.stderr);
  return HeldWindow.open(storage, ['collect', ...run, '--approve', plan], signal);
}
