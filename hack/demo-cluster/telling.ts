/** What the demo says, on stdout: lines with the seconds since it began, and what programs printed, set off from them. */
export class Telling {
  readonly #began = performance.now();

  tell(line: string): void {
    const seconds = ((performance.now() - this.#began) / 1000).toFixed(0).padStart(3);
    console.log(`${seconds} s  ${line}`);
  }

  show(text: string): void {
    for (const line of text.trimEnd().split('\n')) console.log(`         ${line}`);
  }
}
