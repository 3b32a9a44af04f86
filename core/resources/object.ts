import { type Read, ignored, mappingOf, needed, oneOf, optional, andThen } from './reading.ts';
import { label, objectName } from './scalars.ts';

const defaultNamespace = 'default';

/** `name` and `namespace` are ours; the rest belongs to Kubernetes and to those who keep objects in it, and is named here so that a slip of the pen is not. */
const metadata = mappingOf({
  name: needed(objectName),
  namespace: optional(label),
  annotations: optional(ignored),
  creationTimestamp: optional(ignored),
  deletionGracePeriodSeconds: optional(ignored),
  deletionTimestamp: optional(ignored),
  finalizers: optional(ignored),
  generateName: optional(ignored),
  generation: optional(ignored),
  labels: optional(ignored),
  managedFields: optional(ignored),
  ownerReferences: optional(ignored),
  resourceVersion: optional(ignored),
  selfLink: optional(ignored),
  uid: optional(ignored),
});

export interface NamedSpec<S> {
  readonly name: string;
  readonly namespace: string;
  readonly spec: S;
}

/** An object of ours; its status is not looked at. */
export function objectOf<S>(kind: string, spec: Read<S>): Read<NamedSpec<S>> {
  const whole = mappingOf({
    apiVersion: needed(oneOf('coppice.dev/v1alpha1')),
    kind: needed(oneOf(kind)),
    metadata: needed(metadata),
    spec: needed(spec),
    status: optional(ignored),
  });
  return andThen(whole, (object) => ({
    name: object.metadata.name,
    namespace: object.metadata.namespace ?? defaultNamespace,
    spec: object.spec,
  }));
}
