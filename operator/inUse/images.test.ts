import { describe, expect, it } from 'vitest';
import { imagesOf, NotUnderstood } from './images.ts';
import { type WorkloadKind, workloadKinds } from './ports.ts';

const spec = {
  containers: [{ name: 'a', image: 'r.io/main:1' }, { name: 'b' }],
  initContainers: [{ name: 'c', image: 'r.io/init:1' }],
  ephemeralContainers: [{ name: 'd', image: 'r.io/debug:1' }],
  volumes: [
    { name: 'e', emptyDir: {} },
    { name: 'f', image: { reference: 'r.io/data:1', pullPolicy: 'Always' } },
  ],
};
const all = ['r.io/main:1', 'r.io/init:1', 'r.io/debug:1', 'r.io/data:1'];
const metadata = { name: 'a', namespace: 'team' };
const template = { metadata: { labels: {} }, spec };
const ofTemplate = { metadata, spec: { replicas: 0, template }, status: {} };

const objects: Record<WorkloadKind, object> = {
  Pod: { metadata, spec, status: { phase: 'Pending' } },
  Deployment: ofTemplate,
  ReplicaSet: ofTemplate,
  StatefulSet: ofTemplate,
  DaemonSet: { metadata, spec: { template } },
  Job: { metadata, spec: { suspend: true, template }, status: { succeeded: 1 } },
  CronJob: { metadata, spec: { suspend: true, jobTemplate: { spec: { template } } } },
  ControllerRevision: { metadata, data: { spec: { template: { $patch: 'replace', ...template } } }, revision: 3 },
};

describe('the images of a workload', () => {
  it.each(workloadKinds)('are those of every container and volume of a %s, whether or not it runs', (kind) => {
    expect(imagesOf(kind, objects[kind])).toEqual({ references: all, ids: [], hints: [] });
  });

  it('are what a runtime says that it runs, too', () => {
    const statuses = (name: string) => [
      { name, image: 'ignored', imageID: `r.io/${name}@sha256:…` },
      { name: 'waits', imageID: '' },
    ];
    const mounts = [{ name: 'f', volumeStatus: { image: { imageRef: 'r.io/data@sha256:…' } } }, { name: 'e' }];
    const pod = {
      ...{ metadata, spec },
      status: {
        containerStatuses: [...statuses('main'), { name: 'b', volumeMounts: mounts }],
        initContainerStatuses: statuses('init'),
        ephemeralContainerStatuses: statuses('debug'),
      },
    };
    expect(imagesOf('Pod', pod).ids).toEqual([
      ...['r.io/main@sha256:…', '', 'r.io/data@sha256:…'],
      ...['r.io/init@sha256:…', '', 'r.io/debug@sha256:…', ''],
    ]);
  });

  it('may be any text in a revision of a controller that nobody knows', () => {
    const data = { kind: 'Game', spec: { server: { picture: 'r.io/game:1' }, others: ['r.io/extra', 7, null, true] } };
    const { references, hints } = imagesOf('ControllerRevision', { metadata, data });
    expect(references).toEqual([]);
    expect(hints.toSorted()).toEqual(['Game', 'r.io/extra', 'r.io/game:1']);
    expect(imagesOf('ControllerRevision', { metadata }).hints).toEqual([]);
  });

  const withSpec = (more: object): object => ({ metadata, spec: { ...spec, ...more } });
  const hostile: readonly (readonly [name: string, kind: WorkloadKind, object: unknown, says: string])[] = [
    ['is nothing', 'Pod', undefined, 'it must be object'],
    ['is a text', 'Pod', 'a pod', 'it must be object'],
    ['has no spec', 'Pod', { metadata }, 'it must have required properties spec'],
    ['has no containers', 'Pod', { metadata, spec: {} }, 'spec must have required properties containers'],
    ['has containers that are none', 'Pod', withSpec({ containers: {} }), 'spec.containers must be array'],
    [
      'has an image that is no text',
      'Pod',
      withSpec({ containers: [{ image: ['r.io/a'] }] }),
      'spec.containers.0.image must be string',
    ],
    ['hides init containers', 'Pod', withSpec({ initContainers: 'none' }), 'spec.initContainers must be array'],
    ['has a volume that is none', 'Pod', withSpec({ volumes: [null] }), 'spec.volumes.0 must be object'],
    [
      'has a status that is none',
      'Pod',
      { metadata, spec, status: { containerStatuses: 'x' } },
      'status.containerStatuses must be array',
    ],
    [
      'has an id that is no text',
      'Pod',
      { metadata, spec, status: { containerStatuses: [{ imageID: 4 }] } },
      'status.containerStatuses.0.imageID must be string',
    ],
    ['has no template', 'ReplicaSet', { metadata, spec: {} }, 'spec must have required properties template'],
    ['has the form of another kind', 'CronJob', ofTemplate, 'spec must have required properties jobTemplate'],
  ];
  it.each(hostile)('are not understood where it %s', (_, kind, object, says) => {
    const look = (): unknown => imagesOf(kind, object);
    expect(look).toThrow(NotUnderstood);
    expect(look).toThrow(says);
  });
});
