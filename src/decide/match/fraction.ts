// Whether a request falls into a share of all requests.
import type { Fraction } from '../config/value.ts';

/** `randomValue` is an integer, the same for all decisions on a stream, as Envoy takes its stream id. */
export function holdsFor(fraction: Fraction, randomValue: number): boolean {
  return randomValue % fraction.denominator < fraction.numerator;
}

/** An integer below 2^48 out of a random number in [0, 1): drawn once per stream. */
export function streamRandom(random: () => number): number {
  return Math.floor(random() * 281_474_976_710_656);
}
