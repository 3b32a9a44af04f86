import Type, { type Static, type TSchema } from 'typebox';
import { Check, Errors } from 'typebox/value';
import type { WorkloadKind } from './ports.ts';

/** The images that one object names, as it writes them; some may be empty. */
export interface Images {
  /** As in `image` of a container. */
  readonly references: readonly string[];
  /** As in `imageID` of a container's status: what a runtime says that it runs. */
  readonly ids: readonly string[];
  /** Texts of which nobody knows what they mean: any of them may be a reference. */
  readonly hints: readonly string[];
}

const none: Images = { references: [], ids: [], hints: [] };

/** An object is not of the form that its kind has: what it uses cannot be told. */
export class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood';
}

const Containers = Type.Array(Type.Object({ image: Type.Optional(Type.String()) }));
const Volume = Type.Object({ image: Type.Optional(Type.Object({ reference: Type.Optional(Type.String()) })) });
const PodSpec = Type.Object({
  containers: Containers,
  initContainers: Type.Optional(Containers),
  ephemeralContainers: Type.Optional(Containers),
  volumes: Type.Optional(Type.Array(Volume)),
});
const Template = Type.Object({ spec: PodSpec });
const Workload = Type.Object({ spec: Type.Object({ template: Template }) });
const Jobs = Type.Object({ spec: Type.Object({ jobTemplate: Workload }) });
/** A revision of a StatefulSet or a DaemonSet. */
const Patch = Workload;

/** Where a volume is an image, its mount says which one it became. */
const VolumeMount = Type.Object({
  volumeStatus: Type.Optional(
    Type.Object({ image: Type.Optional(Type.Object({ imageRef: Type.Optional(Type.String()) })) }),
  ),
});
const Statuses = Type.Optional(
  Type.Array(
    Type.Object({ imageID: Type.Optional(Type.String()), volumeMounts: Type.Optional(Type.Array(VolumeMount)) }),
  ),
);
const PodStatus = Type.Object({
  containerStatuses: Statuses,
  initContainerStatuses: Statuses,
  ephemeralContainerStatuses: Statuses,
});

type ImagesIn = (object: unknown) => Images;

const ofTemplate = reader(Workload, ({ spec }) => imagesOfSpec(spec.template.spec));

/** Where each kind names images. Finished, suspended and scaled to zero are no different: what is there may run again. */
const readers: Readonly<Record<WorkloadKind, ImagesIn>> = {
  Pod: reader(Type.Object({ spec: PodSpec, status: Type.Optional(PodStatus) }), ({ spec, status }) => ({
    ...imagesOfSpec(spec),
    ids: status === undefined ? [] : idsOf(status),
  })),
  Deployment: ofTemplate,
  ReplicaSet: ofTemplate,
  StatefulSet: ofTemplate,
  DaemonSet: ofTemplate,
  Job: ofTemplate,
  CronJob: reader(Jobs, ({ spec }) => imagesOfSpec(spec.jobTemplate.spec.template.spec)),
  // Of whatever controller: what others than StatefulSets and DaemonSets keep there has no form that is known, and any text of it may name an image.
  ControllerRevision: reader(Type.Object({ data: Type.Optional(Type.Unknown()) }), ({ data }) =>
    Check(Patch, data) ? imagesOfSpec(data.spec.template.spec) : { ...none, hints: [...textsIn(data)] },
  ),
};

/** The images that an object of this kind names. Throws `NotUnderstood`. */
export function imagesOf(kind: WorkloadKind, object: unknown): Images {
  return readers[kind](object);
}

function reader<S extends TSchema>(schema: S, read: (object: Static<S>) => Images): ImagesIn {
  return (object) => {
    if (Check(schema, object)) return read(object);
    const [first] = Errors(schema, object);
    const path = first?.instancePath.slice(1).replaceAll('/', '.') ?? '';
    throw new NotUnderstood(`${path === '' ? 'it' : path} ${first?.message ?? 'is not understood'}`);
  };
}

function imagesOfSpec({ containers, initContainers, ephemeralContainers, volumes }: Static<typeof PodSpec>): Images {
  const named = [containers, initContainers ?? [], ephemeralContainers ?? []].flat().map(({ image }) => image);
  const mounted = (volumes ?? []).map(({ image }) => image?.reference);
  return { ...none, references: [...named, ...mounted].filter((one) => one !== undefined) };
}

function idsOf(status: Static<typeof PodStatus>): readonly string[] {
  const { containerStatuses, initContainerStatuses, ephemeralContainerStatuses } = status;
  return [containerStatuses, initContainerStatuses, ephemeralContainerStatuses]
    .flatMap((statuses) => statuses ?? [])
    .flatMap(({ imageID, volumeMounts = [] }) => [
      imageID,
      ...volumeMounts.map(({ volumeStatus }) => volumeStatus?.image?.imageRef),
    ])
    .filter((one) => one !== undefined);
}

function* textsIn(value: unknown): Generator<string> {
  const left = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one === 'string') yield one;
    else if (typeof one === 'object' && one !== null) for (const below of Object.values(one)) left.push(below);
  }
}
