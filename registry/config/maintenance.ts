import type { Values } from './keys.ts';
import type { Mistake } from './mistake.ts';

const hour = 3_600_000;
const usualAgeMs = 7 * 24 * hour;
const usualEveryMs = 24 * hour;

/** How long nothing happened in an upload that was given up, ms. */
export function uploadAge(values: Values): number {
  return values['coppice.uploads'] ?? values['storage.maintenance.uploadpurging.age'] ?? usualAgeMs;
}

/** How often they are taken away, ms; `undefined`: never. A rehearsal (`dryrun`) takes nothing away either. */
export function uploadInterval(values: Values): number | undefined {
  const isOff = !values['storage.maintenance.uploadpurging.enabled'];
  if (isOff || values['storage.maintenance.uploadpurging.dryrun']) return undefined;
  return values['storage.maintenance.uploadpurging.interval'] ?? usualEveryMs;
}

export function refusedPurging(values: Values): readonly Mistake[] {
  const [ours, theirs] = [values['coppice.uploads'], values['storage.maintenance.uploadpurging.age']];
  if (ours === undefined || theirs === undefined || ours === theirs) return [];
  return [{ key: 'coppice.uploads', says: 'and storage.maintenance.uploadpurging.age say one thing differently' }];
}
