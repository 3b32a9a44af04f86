/** The value of a metric, its samples with all these labels added up, as a replica shows it. */
export async function metric(
  url: string,
  name: string,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<number> {
  const page = await (await fetch(url, { signal })).text();
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  const samples = page
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => wanted.every((label) => line.includes(label)));
  if (samples.length === 0 && !page.includes(`# TYPE ${name.replace(/_(count|sum|bucket)$/, '')} `)) {
    throw new Error(`${url} shows no ${name}`);
  }
  return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
