import type { DeleteRequestResource } from '../../../../core/resources/deleteRequest.ts';
import { type Artifact, repositories, tags } from './catalogue.ts';
import type { Session } from './session.ts';

/** A request as people write it into a cluster, and what to tell the judge when its run is over. */
export interface Order {
  readonly request: DeleteRequestResource;
  /** Nothing more of it will be done; whether it was done is not said: what was touched since is spared. */
  readonly over: () => void;
}

/** A manifest, or a tag while it names that manifest, with what goes along with it. */
export function orderDeletion({ world: { chance, catalogue, judge, scheduler } }: Session): Order {
  const [repository, tag, artifact] = [chance.pick(repositories), chance.pick(tags), chance.pick(catalogue.artifacts)];
  const { digest } = artifact;
  const isByTag = chance.happens(0.5);
  const meant = judge.tags(repository).filter((known) => !isByTag || known.tag === tag);
  const writes = meant.map(({ register }) => ({ register, write: register.begin({ to: 'absent', onlyOf: digest }) }));
  const removals = alongWith(artifact, catalogue.artifacts).map((each) => {
    const promises = judge.manifest(repository, each.digest);
    return { promises, removal: promises.removalBegins() };
  });
  const target = isByTag
    ? ({ by: 'tag', repository, tag, digest } as const)
    : ({ by: 'digest', repository, digest } as const);
  return {
    request: {
      ...{ name: `order-${scheduler.moment()}`, namespace: 'team', registry: 'main', targets: [target] },
      ...{ referrers: chance.happens(0.5) ? 'Delete' : 'Keep', mode: 'Execute', suspend: false },
    },
    over: () => {
      for (const { register, write } of writes) register.over(write);
      for (const { promises, removal } of removals) promises.removalEnds(removal, false);
    },
  };
}

/** The manifest, its children at any depth, and everything whose subject is one of them. */
function alongWith(artifact: Artifact, all: readonly Artifact[]): readonly Artifact[] {
  const group = new Set<Artifact>();
  const add = (each: Artifact): void => {
    group.add(each);
    each.children.forEach(add);
    all.filter(({ subject }) => subject === each).forEach(add);
  };
  add(artifact);
  return [...group];
}
