/**
 * Which status makes a client try again by itself, where it is held by a window. docker uploads layers again at 5xx, though not the manifest at the end, and
 * gives up on 429; go-containerregistry (crane, kaniko, ko, cosign) retries 5xx only; containerd, podman and oras retry 429; regclient retries 429, not 503.
 * hack/peers/held.full.test.ts shows each (docs/operations/clients.md).
 */
const retries: readonly (readonly [userAgent: RegExp, status: 429 | 503])[] = [
  [/^docker\//i, 503],
  [/go-containerregistry\//i, 503],
  [/^containerd\//i, 429],
  [/^(?:containers|buildah|skopeo|podman|libpod|cri-o)\//i, 429],
  [/^oras/i, 429],
  [/^reg(?:client|ctl|sync|bot)/i, 429],
];

/** What is meant for it, and what clients that we do not know are likeliest to understand. */
const usual = 429;

export function heldStatus(userAgent: string): 429 | 503 {
  return retries.find(([pattern]) => pattern.test(userAgent))?.[1] ?? usual;
}
