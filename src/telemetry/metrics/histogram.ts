// A histogram of times with Envoy's default bucket bounds, in milliseconds: adding is a search among twenty numbers.

/** Envoy's `histogram_bucket_settings` defaults. */
export const bucketBoundsMs: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];

export class Histogram {
  /** The last one holds what is past every bound. */
  readonly counts: number[] = Array.from({ length: bucketBoundsMs.length + 1 }, () => 0);
  sum = 0;
  count = 0;

  add(value: number): void {
    let index = 0;
    while (index < bucketBoundsMs.length && value > bucketBoundsMs[index]!) index += 1;
    this.counts[index]! += 1;
    this.sum += value;
    this.count += 1;
  }
}
