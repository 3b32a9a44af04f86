import { fieldIn } from '../api/document.ts';

/** A pod that stands for a replica. */
export type Pod =
  | { readonly is: 'running'; readonly name: string; readonly address: string }
  /** It cannot be asked. */
  | { readonly is: 'silent'; readonly name: string; readonly why: string };

/** As the API server sent it; what is not understood of it is not there to be asked. */
export function podOf(object: unknown): Pod {
  const [metadata, status] = [fieldIn(object, 'metadata'), fieldIn(object, 'status')];
  const [name, phase, address] = [fieldIn(metadata, 'name'), fieldIn(status, 'phase'), fieldIn(status, 'podIP')];
  const named = typeof name === 'string' ? name : 'without a name';
  if (phase === 'Failed' || phase === 'Succeeded') {
    return { is: 'silent', name: named, why: `it has ended (${phase}): delete it` };
  }
  if (typeof address !== 'string' || address === '') {
    return {
      is: 'silent',
      name: named,
      why: `it has no address yet (${typeof phase === 'string' ? phase : 'Unknown'})`,
    };
  }
  return { is: 'running', name: named, address };
}
