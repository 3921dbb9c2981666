// A hash for requests that have none.
import type { Random } from './balance-host.ts';

export function randomHash(random: Random): bigint {
  const half = (): bigint => BigInt(Math.floor(random() * 4_294_967_296));
  return (half() << 32n) | half();
}
