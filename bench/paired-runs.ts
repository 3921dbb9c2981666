// The bench's protocol: two subjects measured in turn (A B B A), the ratio pair by pair, and A against itself as control.

export interface Paired {
  readonly a: number;
  readonly b: number;
  /** Median of a/b over the pairs. */
  readonly ratio: number;
  /** First and third quartile of the ratios. */
  readonly spread: readonly [number, number];
  /** The median of one subject against itself; outside 0.97 to 1.03 the machine was too noisy for a verdict. */
  readonly control: number;
  readonly noisy: boolean;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((x, y) => x - y);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Runs `pairs` pairs, after one round of each that does not count. */
export async function measurePaired(
  a: () => Promise<number>,
  b: () => Promise<number>,
  pairs: number,
): Promise<Paired> {
  await a();
  await b();
  const as: number[] = [];
  const bs: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const first = pair % 2 === 0;
    if (first) as.push(await a());
    bs.push(await b());
    if (!first) as.push(await a());
  }
  const ratios = as.map((value, index) => value / (bs[index] ?? Number.NaN));
  const against = bs.slice(1).map((value, index) => value / (bs[index] ?? Number.NaN));
  const control = median(against);
  return {
    a: median(as),
    b: median(bs),
    ratio: median(ratios),
    spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    control,
    noisy: Math.abs(control - 1) > 0.03,
  };
}
