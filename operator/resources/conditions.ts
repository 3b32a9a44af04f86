import type { Condition } from '../api/types.ts';

/** A condition as a decision wants it. */
export type Wanted = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** Longest message that a schema admits. */
const longestMessage = 32_768;

/**
 * What `status.conditions` becomes: those that are wanted and no others, so that `Reconciling` and `Stalled` stand only while they are true (kstatus).
 * A condition keeps its transition time as long as its status does. `now`: RFC 3339.
 */
export function conditionsAfter(
  before: readonly Condition[] | undefined,
  wanted: readonly Wanted[],
  { generation, now }: { readonly generation: number; readonly now: string },
): readonly Condition[] {
  return wanted.map(({ type, status, reason, message }) => {
    const earlier = before?.find((one) => one.type === type);
    const lastTransitionTime = earlier?.status === status ? earlier.lastTransitionTime : wholeSeconds(now);
    const told = message.length > longestMessage ? `${message.slice(0, longestMessage - 1)}…` : message;
    return { type, status, observedGeneration: generation, lastTransitionTime, reason, message: told };
  });
}

/** As Kubernetes writes times of conditions. */
function wholeSeconds(rfc3339: string): string {
  return rfc3339.replace(/\.\d+(?=Z$)/, '');
}

export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
}
