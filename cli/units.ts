const sizes = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `1536` is `1.5 KiB`. */
export function bytes(count: number): string {
  let size = count;
  let unit = 0;
  while (size >= 1024 && unit < sizes.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${sizes[unit] ?? ''}`;
}

const spans = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** The two largest units: `1d3h`, `4m`, `0.3s`, `21ms`. */
export function span(ms: number): string {
  if (ms < 100) return `${Math.round(ms)}ms`;
  if (ms < 10_000) return `${Number((ms / 1000).toFixed(1))}s`;
  const at = spans.findIndex(([, length]) => ms >= length);
  const [first, second] = [spans[at], spans[at + 1]];
  if (first === undefined) return `${Math.round(ms / 1000)}s`;
  const whole = Math.floor(ms / first[1]);
  const rest = second === undefined ? 0 : Math.floor((ms - whole * first[1]) / second[1]);
  return `${whole}${first[0]}${rest > 0 && second !== undefined ? `${rest}${second[0]}` : ''}`;
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
