import type { RunId } from '../../../core/window/identity.ts';
import type { Marker } from '../marker/marker.ts';
import { putBack } from '../sweep/trash.ts';
import type { RunPorts } from './ports.ts';
import type { AuditReport } from './report.ts';

export interface AuditedRun {
  readonly run: RunId;
  /** Has marked for it. */
  readonly marker: Pick<Marker, 'audit'>;
}

const itemsReported = 100;
/** The same would have to be pushed again and deleted again in each of them to be missed rightly. */
const mostWalks = 3;

/**
 * G6, once the gate is open: walks all that is kept and puts back what is missing where it can. Whoever began a run since, a client's DELETE too, may have
 * removed both what was still to be read and its parent, which had been: a torn reading. What is gone rightly, the next walk does not miss, for its parent
 * went first (G5, D3).
 */
export async function finalAudit(
  { driver, records }: Pick<RunPorts, 'driver' | 'records'>,
  { run, marker }: AuditedRun,
  signal: AbortSignal,
): Promise<AuditReport> {
  const { manifests, missing } = await marker.audit();
  const digests = new Set(missing.map(({ digest }) => digest));
  const back = digests.size === 0 ? digests : await putBack(driver, digests, signal);
  let still = new Set(missing.filter(({ digest }) => !back.has(digest)).map(({ object }) => object));
  const isOvertaken = async (): Promise<boolean> => (await records.gates.read(signal))?.run !== run;
  for (let walks = 1; walks < mostWalks && still.size > 0 && (await isOvertaken()); walks++) {
    const again = await marker.audit();
    still = still.intersection(new Set(again.missing.map(({ object }) => object)));
  }
  return { manifests, missing: still.size, putBack: back.size, missingItems: [...still].slice(0, itemsReported) };
}
