import type { Duplex } from 'node:stream';

/** What one side says, the other hears to its end; and where one is cut, so is the other. */
export function join(one: Duplex, other: Duplex): void {
  one.pipe(other).pipe(one);
  endTogether(one, other);
  endTogether(other, one);
}

function endTogether(one: Duplex, other: Duplex): void {
  one
    .on('error', () => other.destroy())
    .on('close', () => {
      // Of one that has said all, the other may still have to pass something on; what that says goes nowhere any more.
      if (one.readableEnded) other.resume();
      else other.destroy();
    });
}
