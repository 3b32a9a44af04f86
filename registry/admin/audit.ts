import { Doubt } from '../../core/reach/doubt.ts';
import type { CollectionSettings, RunPorts } from '../collector/run/ports.ts';
import { Problem } from '../../core/admin/problem.ts';
import type { AuditView } from '../../core/admin/schema.ts';

const shown = 1000;

/**
 * Walks all that is kept, outside any run: nothing is held, nothing is removed. What a client deletes or pushes meanwhile may look missing, so
 * what is found missing is looked for once more.
 */
export async function auditStorage(
  run: RunPorts,
  settings: CollectionSettings,
  signal: AbortSignal,
): Promise<AuditView> {
  const first = await walk(run, settings, signal);
  if (first.missing.length === 0) return viewOf(first.manifests, []);
  const again = await walk(run, settings, signal);
  const still = new Set(again.missing);
  return viewOf(
    again.manifests,
    first.missing.filter((object) => still.has(object)),
  );
}

function viewOf(manifests: number, missing: readonly string[]): AuditView {
  return { manifests, missing: missing.length, missingItems: missing.slice(0, shown) };
}

async function walk(
  { records, driver, openMarker }: RunPorts,
  { minAgeMs }: CollectionSettings,
  signal: AbortSignal,
): Promise<{ readonly manifests: number; readonly missing: readonly string[] }> {
  const { protections } = await records.protections.state(await driver.now(signal), signal);
  const marker = openMarker();
  const close = (): void => void marker.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    await marker.mark({ freshMs: minAgeMs, minAgeMs, untagged: 'Keep', protections });
    const { manifests, missing } = await marker.audit();
    return { manifests, missing: missing.map(({ object }) => object) };
  } catch (error) {
    if (error instanceof Doubt) throw new Problem('DOUBT', error.message, [], { cause: error });
    throw error;
  } finally {
    signal.removeEventListener('abort', close);
    await marker.close();
  }
}
