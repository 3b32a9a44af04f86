import type { Chance } from '../kernel/chance.ts';
import { layout } from '../../../storage/layout.ts';
import type { Setting } from './setting.ts';

/** Stops a process at the worst moment: right before the rename or the request by which a commit or a removal takes effect. */
export class Ambush {
  readonly #chance: Chance;
  readonly #spans: Setting['ambush'];
  #isLaid = false;

  constructor(chance: Chance, spans: Setting['ambush']) {
    this.#chance = chance;
    this.#spans = spans;
  }

  lay(): void {
    this.#isLaid = true;
  }

  lift(): void {
    this.#isLaid = false;
  }

  /** For how long, ms. */
  readonly spring = (call: string, about: string): number => {
    if (!this.#isLaid || !isDecisive(call, about, this.#spans.at) || this.#chance.happens(0.5)) return 0;
    this.#isLaid = false;
    return this.#chance.between(this.#spans.leastMs, this.#spans.mostMs);
  };
}

function isDecisive(call: string, about: string, at: Setting['ambush']['at']): boolean {
  const isServed = about.startsWith(layout.served);
  const isRemoval = (call === 'rename' && about.includes('/door/')) || (call === 'DELETE' && isServed);
  if (isRemoval) return at === 'commitsAndRemovals';
  return (call === 'rename' && /\/stage\/.* \/docker\//.test(about)) || (call === 'PUT' && isServed);
}
