import { overtaken, suspected } from '../scenes.ts';
import { type Ablation, both, files, objects } from './ablation.ts';
import { put, remove, overAndOver, tagged } from './props.ts';

/** Requests, tombstones, protections, and a listing that lies. */
export const deletion: readonly Ablation[] = [
  both('windows for requests', ['requestsInWindows']),
  both('listing tags again after the acknowledgements', ['tagsListedAgain']),
  both('listing referrers again after the acknowledgements', ['referrersListedAgain']),
  both('looking ahead only once all keep journals', ['aheadOnceHeard']),
  both('looking again at what a journal names', ['touchedLookedAtAgain']),
  files('requests by their own names', ['requestsById'], {
    objects: tagged,
    wishes: [overAndOver, [remove, remove, remove, remove, remove], [remove, remove, remove, remove, remove]],
    mood: { tick: 60 },
    isRare: true,
  }),
  both('withdrawing before any other answer', ['withdrawnBeforeAnswer'], {
    objects: tagged,
    wishes: [overAndOver],
    mood: { tick: 6 },
  }),
  both('withdrawing in the step that looked', ['withdrawnExclusively'], {
    objects: tagged,
    setting: { budgetMs: 3 },
    wishes: [overAndOver, overAndOver],
    mood: { tick: 12 },
  }),
  both('withdrawing what nobody waits for', ['orphansWithdrawn'], {
    objects: tagged,
    replicas: 2,
    wishes: [overAndOver, overAndOver],
    mood: { kill: 60, tick: 8 },
  }),
  objects('looking at the claims again once the gate holds', ['claimsLookedAtAgain'], {
    objects: tagged,
    executors: 2,
    wishes: [overAndOver],
    mood: { tick: 8, executorPause: 8, sleep: 30 },
    isRare: true,
  }),
  objects('taking no window for over that the gate names', ['namedWindowsStand'], {
    objects: tagged,
    executors: 2,
    setting: { budgetMs: 3 },
    wishes: [[remove]],
    prologue: overtaken,
    mood: { tick: 12, executorPause: 5, sleep: 12, firstSleep: { is: 'executor', at: 1, ticks: 8 } },
    isRare: true,
  }),
  both('knowing its own tombstone again', ['ownTombstoneIsDone'], {
    objects: tagged,
    wishes: [overAndOver],
    mood: { executorKill: 15 },
    setting: { budgetMs: 60 },
    isRare: true,
  }),
  both('tombstones acting once', ['tombstonesActOnce']),
  both('tombstones sparing what they reach', ['tombstonesSpare'], { wishes: [[remove]] }),
  both('tombstones as roots', ['tombstonesAreRoots']),
  both('protections', ['protectionsAreRoots', 'protectionsReadAgain']),
  both('reading protections again for each window', ['protectionsReadAgain']),
  both('a second mark, where a listing omits a tag', ['twoMarks']),
  // Untagged garbage is suspected, then pushed again under a tag; much later one listing omits that tag.
  both('suspecting only what was written before', ['writtenBeforeSuspected'], {
    setting: { confirmMs: 4, undoMs: 4 },
    lies: 1,
    wishes: [[put]],
    prologue: suspected,
    mood: { tick: 4, longTick: 6, misread: 1 },
  }),
].flat();
