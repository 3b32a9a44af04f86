import type { Metadata } from '../resources/home.ts';

const requestedAt = 'coppice.dev/requestedAt';

/** The annotation by which somebody asks for a reconcile now, as `status` echoes it once that was done. */
export function echoOf({ annotations }: Metadata, before: string | undefined): { lastHandledReconcileAt?: string } {
  const asked = annotations?.[requestedAt] ?? before;
  return asked === undefined ? {} : { lastHandledReconcileAt: asked };
}
