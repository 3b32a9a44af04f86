/**
 * How a filesystem's gate changes hands, as `registry/records/gateStore.ts` does it, in steps between which anything may happen: create `gate/<n+1>`
 * whole and exclusively, list, and have won if it is the highest. Winners prune old gates behind them. Searched through every order of steps.
 */
export interface ClaimRules {
  /** What says that a claim was won. */
  readonly wonBy: 'highest' | 'predecessor' | 'creation';
  readonly claimants: number;
  /** How often each of them claims. */
  readonly rounds: number;
}

export interface ClaimSearch {
  readonly states: number;
  /** An epoch that was won after it, or a later one, had been won before. */
  readonly wonTwice: number | undefined;
}

interface Claimant {
  readonly at: 'read' | 'look' | 'create' | 'judge' | 'prune';
  /** The epoch it read. */
  readonly seen: number;
  readonly left: number;
}

interface Gates {
  readonly standing: readonly number[];
  readonly claimants: readonly Claimant[];
  readonly highestWon: number;
  readonly wonTwice?: number;
}

const kept = 1;

export function searchClaims({ wonBy, claimants, rounds }: ClaimRules): ClaimSearch {
  const first: Claimant = { at: 'read', seen: 0, left: rounds };
  const start: Gates = { standing: [1], claimants: Array<Claimant>(claimants).fill(first), highestWon: 1 };
  const seen = new Set<string>();
  const open = [start];
  for (let gates = open.pop(); gates !== undefined; gates = open.pop()) {
    if (gates.wonTwice !== undefined) return { states: seen.size, wonTwice: gates.wonTwice };
    for (const [index, claimant] of gates.claimants.entries()) {
      const next = step(gates, claimant, wonBy);
      if (next === undefined) continue;
      const reached = { ...next.gates, claimants: gates.claimants.with(index, next.claimant) };
      const key = keyOf(reached);
      if (seen.has(key)) continue;
      seen.add(key);
      open.push(reached);
    }
  }
  return { states: seen.size, wonTwice: undefined };
}

/** Claimants are alike. */
function keyOf({ standing, claimants, highestWon, wonTwice }: Gates): string {
  const each = claimants.map(({ at, seen, left }) => `${at}${seen}/${left}`).sort();
  return [standing.join(), ...each, highestWon, wonTwice].join(' ');
}

function step(
  gates: Gates,
  claimant: Claimant,
  wonBy: ClaimRules['wonBy'],
): { readonly gates: Gates; readonly claimant: Claimant } | undefined {
  const { standing } = gates;
  const { seen, left } = claimant;
  const again: Claimant = { at: 'read', seen: 0, left: left - 1 };
  switch (claimant.at) {
    case 'read':
      return left === 0 ? undefined : { gates, claimant: { ...claimant, at: 'look', seen: Math.max(...standing) } };
    case 'look': // an economy: who finds nothing before its own leaves nothing behind
      return { gates, claimant: standing.includes(seen) ? { ...claimant, at: 'create' } : again };
    case 'create':
      if (standing.includes(seen + 1)) return { gates, claimant: again };
      return { gates: { ...gates, standing: [...standing, seen + 1] }, claimant: { ...claimant, at: 'judge' } };
    case 'judge':
      return isWon(standing, seen, wonBy)
        ? { gates: win(gates, seen + 1), claimant: { ...claimant, at: 'prune' } }
        : { gates, claimant: again };
    case 'prune': {
      const [lowest, ...rest] = standing.toSorted((one, other) => one - other);
      const isOld = lowest !== undefined && lowest <= seen + 1 - kept - 1;
      return isOld ? { gates: { ...gates, standing: rest }, claimant } : { gates, claimant: again };
    }
  }
}

function isWon(standing: readonly number[], seen: number, wonBy: ClaimRules['wonBy']): boolean {
  switch (wonBy) {
    case 'highest':
      return Math.max(...standing) === seen + 1;
    case 'predecessor':
      return standing.includes(seen);
    case 'creation':
      return true;
  }
}

function win(gates: Gates, epoch: number): Gates {
  if (epoch > gates.highestWon) return { ...gates, highestWon: epoch };
  return { ...gates, wonTwice: epoch };
}
