/** One line of a page of metrics in Prometheus' text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Of labels only, whose values hold no quotes. */
export function samplesIn(page: string): readonly Sample[] {
  return page.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([a-zA-Z_:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', text = '']) => [key, text]);
    return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) }];
  });
}

export type Labels = Readonly<Record<string, string>>;

export function has(sample: Sample, name: string, labels: Labels = {}): boolean {
  return sample.name === name && Object.entries(labels).every(([key, text]) => sample.labels[key] === text);
}

/** Of all samples with these labels. */
export function sumOf(samples: readonly Sample[], name: string, labels: Labels = {}): number {
  return samples.filter((one) => has(one, name, labels)).reduce((sum, { value }) => sum + value, 0);
}

/** The bound of the bucket below which so much of a histogram lies, `share` from 0 to 1; `?`: it is empty. */
export function quantileOf(samples: readonly Sample[], name: string, labels: Labels, share: number): string {
  const buckets = samples.filter((one) => has(one, `${name}_bucket`, labels));
  const total = sumOf(samples, `${name}_count`, labels);
  const bound = buckets.find(({ value }) => total > 0 && value >= total * share);
  return bound?.labels['le'] ?? '?';
}
