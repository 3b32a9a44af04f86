/** As a process that died there. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/** Blows once, right before or right after the nth call that goes through it. */
export class Fuse {
  readonly #blowsAt: number;
  #passed = 0;

  constructor(blowsAt: number) {
    this.#blowsAt = blowsAt;
  }

  get hasBlown(): boolean {
    return this.#passed > this.#blowsAt;
  }

  pass(): void {
    this.#passed += 1;
    if (this.#passed === this.#blowsAt + 1) throw new Crash(`before or after call ${Math.floor(this.#blowsAt / 2)}`);
  }

  /** The same object, of which each asynchronous call goes through this fuse before it is made and after it was. `sync`: what is called as it is. */
  guard<T extends object>(target: T, sync: ReadonlySet<string>): T {
    return new Proxy(target, {
      get: (of, name): unknown => {
        const member: unknown = Reflect.get(of, name, of);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          const call = (): unknown => Reflect.apply(member, of, args);
          return sync.has(String(name)) ? call() : this.#through(call);
        };
      },
    });
  }

  async #through(call: () => unknown): Promise<unknown> {
    this.pass();
    const answer = await call();
    this.pass();
    return answer;
  }
}
