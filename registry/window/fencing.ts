import { type Gate, openUp, type WindowGate } from '../../core/window/gate.ts';
import type { LifeId, WindowId } from '../../core/window/identity.ts';
import type { GateStore } from '../records/gateStore.ts';
import type { MemberStore } from '../records/members.ts';
import type { Fence } from '../storage/driver.ts';

export interface FencingPorts {
  readonly driver: Pick<Fence, 'endLife' | 'endWindow'>;
  readonly records: { readonly gates: GateStore; readonly members: Pick<MemberStore, 'remove'> };
}

/**
 * FENCE: only for a life that a gate fences. The gate comes first, because a stage taken away under a lost compare-and-set would end a healthy life; the
 * record goes last, because as long as it stands somebody knows that this is to be finished. Idempotent.
 */
export async function fenceLife({ driver, records }: FencingPorts, life: LifeId, signal: AbortSignal): Promise<void> {
  await driver.endLife(life, signal);
  await records.members.remove(life, signal);
}

/** After it the storage refuses the window's removals, however late. Idempotent. */
export async function closeDoor({ driver }: FencingPorts, window: WindowId, signal: AbortSignal): Promise<void> {
  await driver.endWindow(window, signal);
}

/** END_WINDOW: door first, compare-and-set second, or a removal could come after the gate says that nothing is held. */
export async function endWindow(
  ports: FencingPorts,
  gate: WindowGate,
  signal: AbortSignal,
  to: Gate = openUp(gate),
): Promise<'won' | 'lost'> {
  await closeDoor(ports, gate.window, signal);
  return ports.records.gates.cas(to, signal);
}
