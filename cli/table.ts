/** Aligned columns, the last as long as it is. What others named is shown without control characters, which could write over the screen. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const shown = [heading, ...rows.map((row) => row.map(printable))];
  const widths = heading.map((_, column) => Math.max(...shown.map((row) => widthOf(row[column] ?? ''))));
  return shown.map((row) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)),
      )
      .join('  ')
      .trimEnd(),
  );
}

export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}

/** In code points: names, digests and our own texts have no wider characters. */
function widthOf(text: string): number {
  return Array.from(text).length;
}
