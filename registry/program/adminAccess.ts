import type { Gate } from '../admin/access.ts';
import { ReviewedCallers } from '../admin/reviewedCallers.ts';
import { tokenReview } from '../admin/tokenReview.ts';
import type { ReplicaConfig } from '../config/configuration.ts';
import { type Listen, showListen } from '../config/listen.ts';
import type { Log } from '../window/ports.ts';

export interface AdminAccessPorts {
  readonly mono: () => number;
  readonly log: Log;
  /** Aborted at the end, when nobody is served any more. */
  readonly running: AbortSignal;
}

export function gateOf({ keys, tokenReview: config }: ReplicaConfig['admin'], ports: AdminAccessPorts): Gate {
  if (config === undefined) return { keys };
  const { mono, log, running } = ports;
  const callers = new ReviewedCallers({ review: tokenReview(config), users: config.users, mono, log, running });
  return { keys, callerByToken: (token) => callers.callerOf(token) };
}

/** Where other lives reach this one. A listener on every address has none that it could name: who does not hear of a gate looks at its next poll. */
export function nudgeUrlOf(at: Listen, isSecure: boolean): string | undefined {
  if (at.host === '::' || at.host === '0.0.0.0') return undefined;
  return `${isSecure ? 'https' : 'http'}://${showListen(at)}/coppice/v1/nudge`;
}
