import type { RunId } from '../../../core/window/identity.ts';
import type { RunPorts } from './ports.ts';

/** Whether the mark that the gate speaks of is one that we began and gave up. */
export async function isStillOurs({ records }: RunPorts, run: RunId, signal: AbortSignal): Promise<boolean> {
  const gate = await records.gates.read(signal);
  return gate?.phase === 'MARKING' && gate.run === run;
}
