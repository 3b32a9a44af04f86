const digest = `sha256:${'9f'.repeat(32)}`;

/** A DeleteRequest as an API server writes it. */
export function requestObject(
  name: string,
  { version = '1', ...more }: { version?: string; spec?: object; status?: object } = {},
) {
  return {
    apiVersion: 'coppice.dev/v1alpha1',
    kind: 'DeleteRequest',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-of-${name}`,
      resourceVersion: version,
      generation: 1,
      creationTimestamp: '2026-11-23T12:00:00Z',
      managedFields: [{ manager: 'kubectl', operation: 'Update' }],
    },
    spec: { registryRef: { name: 'main' }, targets: [{ repository: 'team-a/app', digest }] },
    status: { observedGeneration: -1 },
    ...more,
  };
}
