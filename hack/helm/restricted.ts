import type { Container, PodSpec } from './rendered.ts';

/** Volumes that the Pod Security Standard "restricted" lets a pod have. */
const volumes = [
  ...['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'],
];

/** Where a pod is not as "restricted" wants it, or could write to its own root. */
export function violationsOf(pod: PodSpec): readonly string[] {
  const { securityContext = {}, containers } = pod;
  const seccomp = securityContext['seccompProfile'] as { readonly type?: string } | undefined;
  return [
    ...(securityContext['runAsNonRoot'] === true ? [] : ['runAsNonRoot is not true']),
    ...(securityContext['runAsUser'] === 0 ? ['runAsUser is root'] : []),
    ...(seccomp?.type === 'RuntimeDefault' ? [] : ['seccompProfile is not RuntimeDefault']),
    ...(pod.volumes ?? [])
      .filter((volume) => !volumes.some((kind) => kind in volume))
      .map((volume) => `volume ${String(volume['name'])} is of no kind that is allowed`),
    ...['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => field in pod),
    ...containers.flatMap(violationsOfContainer),
  ];
}

function violationsOfContainer({ name, securityContext = {} }: Container): readonly string[] {
  const capabilities = securityContext['capabilities'] as { drop?: string[]; add?: string[] } | undefined;
  return [
    ...(securityContext['allowPrivilegeEscalation'] === false ? [] : ['allowPrivilegeEscalation is not false']),
    ...(securityContext['readOnlyRootFilesystem'] === true ? [] : ['readOnlyRootFilesystem is not true']),
    ...(capabilities?.drop?.includes('ALL') === true ? [] : ['not all capabilities are dropped']),
    ...(capabilities?.add === undefined ? [] : ['capabilities are added']),
  ].map((says) => `${name}: ${says}`);
}
