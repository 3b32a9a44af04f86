import type { Resource } from '../resources/home.ts';
import { standingOf as standingOfRegistry } from '../registry/standing.ts';

/** What may be done on a Registry, as its own reconciler found it. */
export type RegistryStanding =
  /** Everything. */
  | { readonly is: 'ready' }
  /** Plans only, until this moment (ms since 1970), or until something changes. */
  | {
      readonly is: 'plans';
      readonly why: 'ReadOnly' | 'WaitingForWindow';
      readonly message: string;
      readonly until?: number;
    }
  | { readonly is: 'suspended'; readonly message: string }
  | { readonly is: 'notReady'; readonly message: string };

/** As every kind sees a Registry, in what matters to a policy: that plans go on while nothing may be removed. */
export function standingOf(registry: Resource<'Registry'>, now: number): RegistryStanding {
  const standing = standingOfRegistry(registry, now);
  switch (standing.is) {
    case 'open':
      return { is: 'ready' };
    case 'readOnly':
      return { is: 'plans', why: 'ReadOnly', message: standing.why };
    case 'closed':
      return closed(`Registry ${registry.metadata.name}`, standing.opensAt);
    case 'suspended':
      return { is: 'suspended', message: standing.why };
    case 'unavailable':
      return { is: 'notReady', message: standing.why };
    case 'absent':
      throw new Error('a Registry that is given is not absent');
  }
}

function closed(named: string, until: number | undefined): RegistryStanding {
  const when = until === undefined ? 'and does not any more' : `again at ${new Date(until).toISOString()}`;
  const message = `spec.collection.allowed of ${named} lets windows open ${when}`;
  return { is: 'plans', why: 'WaitingForWindow', message, ...(until === undefined ? {} : { until }) };
}
