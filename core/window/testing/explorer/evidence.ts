import type { Rule } from './rules.ts';

/**
 * What shows that a rule is needed. The rows are those of the protocol's tables: the flaws F1 to F10 and the smaller ones (its section 4), and each
 * thing that was switched off (its section 6). A row rests on rules of this explorer, on the search of the gate's claims, or is a net.
 */
export type Ground = Rule | 'gateClaims' | (typeof nets)[number]['name'];

/** Kept although nothing in this model needs it: for a fault outside of it, or to save work. */
interface Net {
  readonly name: string;
  readonly isFor: string;
  /** Its switch, where it has one: without it no schedule and no search goes wrong. */
  readonly rule?: Rule;
}

export const nets = [
  {
    name: 'minAge',
    isFor:
      'foreign writers, who write no journal and answer no gate; our own replicas are covered by journal, handshake and freshness',
  },
  {
    name: 'the clock before the roots',
    isFor:
      "a storage whose clock steps, or whose nodes' clocks differ, while the mark reads; with one clock a promise lapses before the mark is late by as much",
  },
  {
    name: 'the journal after an acknowledgement',
    isFor:
      'an executor that did not read a segment when it heard: segments and seeds keep what was said, so emptying the journal would lose nothing here',
  },
  {
    name: 'the look before a write',
    isFor: 'economy: stage and expiry refuse what comes late',
    rule: 'looksBeforeWriting',
  },
  {
    name: 'the look before each removal',
    isFor: 'economy: door and expiry refuse what comes late',
    rule: 'looksAtGate',
  },
  {
    name: 'obligations from after the answer',
    isFor:
      'a replica that would release by its own clock; it releases by a newer gate only, so the clock merely decides when it may try to end a window',
    rule: 'obligationsFromAfter',
  },
  {
    name: 'verifying before an undelete',
    isFor: 'bytes lost by a fault of the storage or by hand; within the protocol the tombstone is a root',
    rule: 'undeleteVerifies',
  },
  {
    name: 'doubt after a window, and healing',
    isFor: 'mistakes of operators: the trash undoes them; with door and expiry a window that is over removes nothing',
  },
] as const satisfies readonly Net[];

export const rows: Readonly<Record<string, readonly Ground[]>> = {
  'F1 no undo': ['noUndo'],
  'F2 stage and door': ['stage', 'door', 'signedWrites', 'signedRemovals'],
  'F3 release by a newer gate': ['releasedByGateOnly', 'obligations from after the answer'],
  'F4 a leaving life keeps its record': ['leavingKeepsRecord', 'tidyByEpoch'],
  'F5 removals by request in windows': ['requestsInWindows', 'drainBeforeAck', 'referrersListedAgain'],
  'F6 tombstones about to be written spare': ['tombstonesSpare'],
  'F7 renewal in place, a quarter more': ['renewsInPlace', 'quarterOfAPromise', 'the clock before the roots'],
  'F8 renewal of what is right already': ['renewsEqualTags'],
  'F9 attempts without an answer': ['unansweredInFlight', 'unansweredAwaited', 'unansweredLookedAgain', 'noRetries'],
  'F10 tags are compared': ['comparesTags'],
  'smaller: windows that hold nothing lapse': ['emptyWindowsLapse'],
  'smaller: refused is 503, not 404': ['refusedIsNotUnknown'],
  'smaller: the gate is won by the highest': ['gateClaims'],
  'smaller: taking over through the lapse only': ['windowsEndFirst'],
  'smaller: tombstones act once': ['tombstonesActOnce'],
  'smaller: machines that stand still': ['stage', 'door', 'unansweredInFlight'],
  'second round: fences are finished first': ['fencesFinishedFirst'],
  'second round: the silent are fenced from OPEN': ['silentFencedByGate'],
  'second round: one mark and a listing that lies': ['twoMarks', 'writtenBeforeSuspected'],
  'second round: what stays keeps its references': ['staysKeepsItsReferences'],
  'second round: requests are withdrawn before the answer': [
    'withdrawnBeforeAnswer',
    'withdrawnExclusively',
    'orphansWithdrawn',
    'claimsLookedAtAgain',
    'namedWindowsStand',
    'ownTombstoneIsDone',
  ],
  'second round: all touches of the run': ['sparesCarried', 'journalOfWindows'],
  'second round: closures over a graph half read': ['closureAnew'],
  'second round: referrers and tags listed again': ['referrersListedAgain', 'tagsListedAgain'],
  'ADR 14: looking ahead': ['aheadOnceHeard', 'touchedLookedAtAgain'],
  'second round: requests by id': ['requestsById'],
  'rule 1 handshake': ['handshake'],
  'rule 2 journal': ['journal'],
  'rule 2 freshness': ['freshness'],
  'journal in MARKING only': ['journalOfWindows'],
  'journal emptied at the HOLDING ack': ['the journal after an acknowledgement'],
  'rule 3 cache drop': ['cacheDrops'],
  'rule 3 cache drop and ageing': ['cacheAges', 'cacheDrops'],
  'rule 3 a new life keeps the cache': ['newLifeForgets'],
  'rule 3 cache under a permit': ['cachedUnderPermit'],
  'rule 4 fence skipped': ['fence'],
  'rule 4 no wait': ['fenceWaits'],
  'rule 4 phase not relearned': ['phaseRelearned'],
  'rule 5 permit valid now': ['unbrokenPermit', 'recordChecked'],
  'rule 5 no permit check': ['permit', 'the look before a write'],
  'rule 6 writes without expiry, without stage': ['signedWrites', 'stage'],
  'rule 6 with an undo': ['noUndo'],
  'rule 7 removals without expiry, without door': ['signedRemovals', 'door'],
  'rule 7 doubt and healing': ['doubt after a window, and healing'],
  'rule 8 one mark, two marks': ['twoMarks'],
  'W1 drain before the ack': ['drainBeforeAck'],
  'W1 what is held is held': ['holds'],
  'W2 acks of another epoch': ['acksOfThisEpoch'],
  'W3 lapse counted from before the read': ['obligations from after the answer'],
  'W3 looks at neither clock nor gate': ['the look before each removal'],
  'W4 permit before registration': ['registersFirst'],
  'W4/W7 no permit at all': ['permit'],
  'W5 no lapse': ['lapse'],
  'W5 window taken over at once': ['windowsEndFirst'],
  'W7 no look before the answer': ['looksAgain'],
  'G3 young': ['minAge'],
  'G3 tombstones are roots': ['tombstonesAreRoots'],
  'G3 protections': ['protectionsAreRoots', 'protectionsReadAgain'],
  'spares without closure': ['spareClosure'],
  'spares not carried to later batches': ['sparesCarried'],
  'tombstones finish half-done deletes': ['tombstonesActOnce'],
  'undelete does not verify': ['verifying before an undelete'],
};
