import type { TokenHash } from './token.ts';

/** What one log and all its earlier views share; grows only at the end. */
interface Shared {
  readonly entries: TokenHash[];
  readonly at: Map<TokenHash, number>;
}

/**
 * A set of tokens in the order in which they were first added. A view never changes: adding returns a longer one. Views of one history share their
 * storage, so adding costs O(1); adding to a view that has been overtaken copies it first.
 */
export class TokenLog {
  static readonly empty = new TokenLog({ entries: [], at: new Map() }, 0);

  readonly #shared: Shared;
  readonly size: number;

  private constructor(shared: Shared, size: number) {
    this.#shared = shared;
    this.size = size;
  }

  has(token: TokenHash): boolean {
    const at = this.#shared.at.get(token);
    return at !== undefined && at < this.size;
  }

  with(tokens: Iterable<TokenHash>): TokenLog {
    const missing = new Set<TokenHash>();
    for (const token of tokens) if (!this.has(token)) missing.add(token);
    if (missing.size === 0) return this;
    const shared = this.#isNewest() && this.size > 0 ? this.#shared : this.#copy();
    for (const token of missing) {
      shared.at.set(token, shared.entries.length);
      shared.entries.push(token);
    }
    return new TokenLog(shared, shared.entries.length);
  }

  /** The tokens from position `from` on. */
  since(from: number): readonly TokenHash[] {
    return this.#shared.entries.slice(from, this.size);
  }

  [Symbol.iterator](): Iterator<TokenHash> {
    return this.since(0)[Symbol.iterator]();
  }

  #isNewest(): boolean {
    return this.#shared.entries.length === this.size;
  }

  #copy(): Shared {
    const entries = this.#shared.entries.slice(0, this.size);
    return { entries, at: new Map(entries.map((token, at) => [token, at])) };
  }
}
