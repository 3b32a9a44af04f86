/** What has to have happened in many schedules, or they showed little. */
export const interesting: readonly string[] = [
  ...['PUT-manifest: pushed', 'PUT-manifest: missing', 'mount: mounted', 'commit-blob: committed', 'HEAD-blob: found'],
  ...['DELETE-tag: deleted', 'DELETE-manifest: deleted', 'DELETE-manifest: referredTo', 'DELETE-tag: withdrawn'],
  ...['DELETE-blob: deleted', 'undelete: undeleted', 'runs: Completed', 'runs with requests'],
  ...['runs: Superseded', 'runs: Cancelled', 'runs: Doubt', 'runs: no report'],
  ...['objects removed', 'objects spared', 'operations held', 'acknowledgements', 'nudges lost'],
  ...['operations refused: held', 'operations refused: noPermit', 'operations refused: lifeEnded'],
  ...['lives ended: fenced', 'lives ended: permitLapsed', 'lives ended: stageGone', 'lives ended: left'],
  ...['faults: ambush', 'faults: pause', 'faults: kill', 'faults: cut', 'faults: stop', 'faults: join'],
  ...['said: ended a window that had lapsed', 'said: fenced lives that had fallen silent'],
  ...['listings that lagged', 'listings that left a name out'],
  ...['bucket: requests refused as run out', 'bucket: requests without an answer'],
];
