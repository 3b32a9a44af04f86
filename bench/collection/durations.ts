/** The shortest that are taken: what distribution removes at once, without a way back, goes as soon as we can. */
export const durations = {
  permitTTL: '1s',
  window: '2s',
  holdBudget: '1s',
  promiseTTL: '3s',
  minAge: '1s',
  confirmAfter: '0',
  undoPeriod: '1s',
  trashTTL: '0',
  untagged: 'Delete',
} as const;
