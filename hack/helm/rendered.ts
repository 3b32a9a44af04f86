import { parseAllDocuments } from 'yaml';

/** An object of Kubernetes as far as these tests look into it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
  readonly rules?: readonly Rule[];
}

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly readinessProbe?: { readonly httpGet?: Readonly<Record<string, unknown>> };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
}

export interface PodSpec {
  readonly automountServiceAccountToken?: boolean;
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly containers: readonly Container[];
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
}

/** What `helm template` printed, in order. Throws at what is no YAML, and at an object that is none. */
export function objectsOf(text: string): readonly KubeObject[] {
  return [...parseAllDocuments(text)].flatMap((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    const object = document.toJS() as KubeObject | null;
    if (object === null) return []; // a template that gave only comments
    if (typeof object.kind !== 'string' || typeof object.metadata.name !== 'string') {
      throw new Error(`no object: ${JSON.stringify(object)}`);
    }
    return [object];
  });
}

export const idOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name}`;

/** The one object of this id. Throws where there is none. */
export function objectOf(objects: readonly KubeObject[], id: string): KubeObject {
  const found = objects.filter((object) => idOf(object) === id);
  if (found[0] === undefined || found.length > 1) throw new Error(`${found.length} objects are ${id}`);
  return found[0];
}

/** The pods that an object is or makes. */
export function podOf({ kind, spec }: KubeObject): PodSpec | undefined {
  if (kind === 'Pod') return spec as unknown as PodSpec;
  if (kind !== 'Deployment') return undefined;
  return (spec as unknown as { readonly template: { readonly spec: PodSpec } }).template.spec;
}

/** The values file of this name in `charts/coppice/ci`, or none. */
export function valuesArgs(chart: string, name: string | undefined): readonly string[] {
  return name === undefined ? [] : ['--values', `${chart}/ci/${name}-values.yaml`];
}
