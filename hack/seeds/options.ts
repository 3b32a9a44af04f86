/** A mistake in the command: exit code 2. */
export class Mistake extends Error {
  override readonly name = 'Mistake';
}

export function wholeOf(option: string, text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new Mistake(`${option} takes a whole number from 1 up, got ${text}`);
  return Number(text);
}

export function wholesOf(option: string, text: string): readonly number[] {
  return text.split(',').map((one) => wholeOf(option, one));
}

export function choiceOf<const T extends string>(option: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((each) => each === text);
  if (choice === undefined) throw new Mistake(`${option} takes ${choices.join(' or ')}, got ${text}`);
  return choice;
}
