import type { Duplex } from 'node:stream';

/** What one side says, the other hears; and where one ends, so does the other. */
export function join(one: Duplex, other: Duplex): void {
  one.pipe(other).pipe(one);
  one.on('error', () => other.destroy()).on('close', () => other.destroy());
  other.on('error', () => one.destroy()).on('close', () => one.destroy());
}
