import { describe, expect, it } from 'vitest';
import { trackerOf } from './tracking.ts';

const cases: { metadata: Parameters<typeof trackerOf>[0]; tracker: string | undefined }[] = [
  { metadata: { annotations: { 'coppice.dev/source': 'team-a/dr.yaml#2' } }, tracker: 'the directory of resources' },
  {
    metadata: { annotations: { 'argocd.argoproj.io/tracking-id': 'app:coppice.dev/DeleteRequest:registry/dr' } },
    tracker: 'Argo CD',
  },
  { metadata: { labels: { 'argocd.argoproj.io/instance': 'app' } }, tracker: 'Argo CD' },
  { metadata: { labels: { 'app.kubernetes.io/instance': 'app' } }, tracker: 'Argo CD' },
  { metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': 'registry' } }, tracker: 'Flux' },
  { metadata: { labels: { 'helm.toolkit.fluxcd.io/name': 'registry' } }, tracker: 'Flux' },
  { metadata: { labels: { 'resourceset.fluxcd.controlplane.io/name': 'registry' } }, tracker: 'Flux' },
  { metadata: { annotations: { 'meta.helm.sh/release-name': 'registry' } }, tracker: 'Helm' },
  { metadata: { labels: { 'app.kubernetes.io/managed-by': 'Helm' } }, tracker: 'Helm' },
  { metadata: { labels: { 'app.kubernetes.io/managed-by': 'somebody' } }, tracker: undefined },
  { metadata: { labels: { team: 'a' }, annotations: { 'coppice.dev/requestedAt': 'now' } }, tracker: undefined },
  { metadata: {}, tracker: undefined },
];

describe('who tracks an object', () => {
  it.each(cases)('$metadata: $tracker', ({ metadata, tracker }) => {
    expect(trackerOf(metadata)).toBe(tracker);
  });
});
