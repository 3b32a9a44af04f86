import { Judge } from './judge.ts';
import { apply, isPossible, type Move } from './moves.ts';
import { randomOf } from './random.ts';
import { explore } from './schedule.ts';
import type { MakeStart } from './trial.ts';
import { tellMove } from './words.ts';
import type { Note } from './world.ts';

/** Takes moves away for as long as the world still goes wrong, and tells what is left in words. */
export function tellShortest(seed: number, makeStart: MakeStart, limit = 400): string {
  const { moves, flaw } = explore(seed, makeStart);
  if (flaw === undefined) return `seed ${seed}: nothing wrong`;
  // What never ends cannot be told from what was cut short.
  const shortest = flaw.startsWith('W5') ? moves : shrink(seed, makeStart, moves);
  const told = retell(seed, makeStart, shortest);
  return [`seed ${seed}: ${told.flaw ?? flaw}`, ...folded(told.words).slice(-limit)].join('\n');
}

const patience = 20_000;
/** A round of waiting and looking again goes only as a whole, whatever its length. */
const longestRound = 24;

function shrink(seed: number, makeStart: MakeStart, moves: readonly Move[]): readonly Move[] {
  let shortest = retell(seed, makeStart, moves).kept;
  let tries = 0;
  for (let before = Infinity; before > shortest.length;) {
    before = shortest.length;
    for (const size of sizesFor(before)) {
      // From the end: what comes late is least needed by the rest.
      for (let from = shortest.length - size; from >= 0 && tries < patience;) {
        tries += 1;
        const shorter = retell(seed, makeStart, shortest.toSpliced(from, size));
        const isShorter = shorter.flaw !== undefined && shorter.kept.length < shortest.length;
        if (isShorter) shortest = shorter.kept;
        from = Math.min(from, shortest.length) - (isShorter || size > longestRound ? size : 1);
      }
    }
  }
  return shortest;
}

function sizesFor(length: number): readonly number[] {
  const sizes: number[] = [];
  for (let size = Math.ceil(length / 2); size > longestRound; size = Math.ceil(size / 2)) sizes.push(size);
  return [...sizes, ...Array.from({ length: longestRound }, (_, at) => longestRound - at)];
}

/** What repeats itself is told once. */
function folded(words: readonly string[]): readonly string[] {
  const told: string[] = [];
  let times = 1;
  for (const [at, word] of words.entries()) {
    if (word === words[at + 1]) {
      times += 1;
      continue;
    }
    told.push(times > 1 ? `${word} (${times} times)` : word);
    times = 1;
  }
  return told;
}

function retell(
  seed: number,
  makeStart: MakeStart,
  moves: readonly Move[],
): { readonly flaw: string | undefined; readonly words: readonly string[]; readonly kept: readonly Move[] } {
  let { world } = makeStart(randomOf(seed));
  const judge = new Judge();
  const words: string[] = [];
  const kept: Move[] = [];
  for (const each of moves) {
    if (!isPossible(world, each)) continue;
    const notes: Note[] = [];
    const next = apply(world, each, (note) => {
      notes.push(note);
      judge.tell(note);
    });
    words.push(tellMove(world, each, notes));
    kept.push(each);
    world = next;
    const flaw = judge.judge(world);
    if (flaw !== undefined) return { flaw, words, kept };
  }
  return { flaw: undefined, words, kept };
}
