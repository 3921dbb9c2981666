// Exceptions that nobody expected: each ends one request or connection, never the process. Caught where events enter (reads and
// other events of sockets, timers, accepted connections, answers of DNS, updates of the configuration), counted and logged here.
import type { Logger } from '../telemetry/logger.ts';

/** One that comes with every request must not fill the log. */
const quietMs = 1000;

let log: Logger | undefined;
let loggedAtMs = Number.NEGATIVE_INFINITY;
let silent = 0;

/** `server.*`, by the name that Envoy gives to its own. */
export const mishapCounters = { envoy_bug_failures: 0 };

/** For the whole process, as what is shared between connections is. */
export function logMishapsTo(target: Logger | undefined): void {
  log = target;
  loggedAtMs = Number.NEGATIVE_INFINITY;
}

export function reportMishap(error: unknown): void {
  mishapCounters.envoy_bug_failures += 1;
  const nowMs = performance.now();
  if (nowMs - loggedAtMs < quietMs) {
    silent += 1;
    return;
  }
  loggedAtMs = nowMs;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log?.error('an unexpected exception', { stack, unloggedBefore: silent });
  silent = 0;
}
