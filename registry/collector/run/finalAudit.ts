import type { Marker } from '../marker/marker.ts';
import { putBack } from '../sweep/trash.ts';
import type { RunPorts } from './ports.ts';
import type { AuditReport } from './report.ts';

const itemsReported = 100;
/** The same would have to be pushed again and deleted again in each of them to be missed rightly. */
const mostWalks = 3;

/**
 * G6, once the gate is open: walks all that is kept and puts back what is missing where it can. Such a walk of minutes is a torn reading: a later run or a
 * client's DELETE may have removed both what was still to be read and its parent, which had been; a push may have made the data after data was listed, and
 * its link before links were. Neither is missed by the next walk, for parents go first (G5, D3) and data comes first.
 */
export async function finalAudit(
  driver: RunPorts['driver'],
  marker: Pick<Marker, 'audit'>,
  signal: AbortSignal,
): Promise<AuditReport> {
  const { manifests, missing } = await marker.audit();
  const digests = new Set(missing.map(({ digest }) => digest));
  const back = digests.size === 0 ? digests : await putBack(driver, digests, signal);
  let still = new Set(missing.filter(({ digest }) => !back.has(digest)).map(({ object }) => object));
  for (let walks = 1; walks < mostWalks && still.size > 0; walks++) {
    const again = await marker.audit();
    still = still.intersection(new Set(again.missing.map(({ object }) => object)));
  }
  return { manifests, missing: still.size, putBack: back.size, missingItems: [...still].slice(0, itemsReported) };
}
