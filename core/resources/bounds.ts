/** The most of everything that a resource may hold. Whatever is longer is a mistake, and is told without looking through it. */
export const bounds = {
  rules: 64,
  globsPerRule: 64,
  repositoryGlobs: 256,
  targets: 100,
  objectNameCharacters: 253,
  labelCharacters: 63,
  scheduleCharacters: 128,
  timeZoneCharacters: 64,
  reasonCharacters: 1024,
  latest: 1_000_000,
  deletesPerRun: 10_000_000,
  percent: 100,
  /** Seconds: what Kubernetes' own 32-bit fields hold. */
  seconds: 2_147_483_647,
  /** Of one document that are told; whoever mends so many asks again. */
  mistakes: 100,
} as const;
