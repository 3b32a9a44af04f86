import type { Metadata } from './home.ts';

/** Where an object of a directory was read: `FILE#NUMBER OF ITS DOCUMENT`. Those without it were made by the operator. */
/** Says of an object which file and document it comes from: a directory home writes it. */
export const sourceAnnotation = 'coppice.dev/source';

interface Tracker {
  readonly name: string;
  readonly annotations?: readonly string[];
  readonly labels?: readonly string[];
  /** Labels that say it by their value alone. */
  readonly labelled?: readonly (readonly [key: string, value: string])[];
}

/**
 * What tools leave on what they apply, and would apply again. Argo CD tracks by annotation since 3.0, by a label before, whose name can be configured:
 * `app.kubernetes.io/instance` is its default, and that others set it too only means that more is kept.
 */
const trackers: readonly Tracker[] = [
  { name: 'the directory of resources', annotations: [sourceAnnotation] },
  {
    name: 'Argo CD',
    annotations: ['argocd.argoproj.io/tracking-id'],
    labels: ['argocd.argoproj.io/instance', 'app.kubernetes.io/instance'],
  },
  {
    name: 'Flux',
    labels: [
      'kustomize.toolkit.fluxcd.io/name',
      'helm.toolkit.fluxcd.io/name',
      'resourceset.fluxcd.controlplane.io/name',
    ],
  },
  { name: 'Helm', annotations: ['meta.helm.sh/release-name'], labelled: [['app.kubernetes.io/managed-by', 'Helm']] },
];

/** Who would make this object again if it were gone, by name; `undefined`: nobody known. */
export function trackerOf({
  annotations = {},
  labels = {},
}: Pick<Metadata, 'annotations' | 'labels'>): string | undefined {
  return trackers.find(
    (tracker) =>
      tracker.annotations?.some((key) => Object.hasOwn(annotations, key)) === true ||
      tracker.labels?.some((key) => Object.hasOwn(labels, key)) === true ||
      tracker.labelled?.some(([key, value]) => labels[key] === value) === true,
  )?.name;
}
