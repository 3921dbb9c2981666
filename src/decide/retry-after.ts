// A wait that the response itself asks for (rate-limited back-off).
import type { RetryPolicy } from './config/retry-policy.ts';
import type { HeaderMap } from './header-map.ts';
import { unsignedInteger } from './match/ascii.ts';

/** Of the headers that count, the first with a usable time; up to half of it comes on top. undefined: the usual back-off. */
export function rateLimitedDelayMs(
  backOff: RetryPolicy['rateLimitedBackOff'],
  headers: HeaderMap,
  { nowMs, random }: { readonly nowMs: number; readonly random: () => number },
): number | undefined {
  if (backOff === undefined) return undefined;
  for (const { name, format } of backOff.resetHeaders) {
    const value = unsignedInteger(headers.get(name));
    if (value === undefined) continue;
    const waitMs = format === 'seconds' ? value * 1000 : value * 1000 - Math.floor(nowMs / 1000) * 1000;
    if (waitMs > 0 && waitMs <= backOff.maxMs) return waitMs + Math.floor(random() * (waitMs / 2));
  }
  return undefined;
}
