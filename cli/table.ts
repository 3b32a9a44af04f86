/** Aligned columns, the last as long as it is. What others named is shown without control characters, which could write over the screen. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return spread([heading, ...rows], { gap: 2, least: 0 });
}

/** The columns of kubectl's tables: three blanks apart, and none narrower than six with them. */
export function wideTable(heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return spread([heading, ...rows], { gap: 3, least: 6 });
}

function spread(
  rows: readonly (readonly string[])[],
  { gap, least }: { readonly gap: number; readonly least: number },
): readonly string[] {
  const [heading = [], ...others] = rows;
  const shown = [heading, ...others.map((row) => row.map(printable))];
  const widths = heading.map((_, column) => Math.max(least, ...shown.map((row) => widthOf(row[column] ?? '') + gap)));
  return shown.map((row) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)),
      )
      .join('')
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
