// Why a connection did not come about, in the words that Envoy takes from the system.
import type { ResetReason } from '../failure.ts';

const systemTexts: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  ETIMEDOUT: 'Connection timed out',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
};

/** What a connect that failed at once is told by: routing decides without asking anybody. */
const immediate: ReadonlySet<string> = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EPERM', 'EACCES', 'ENOENT']);

export function connectProblem(
  timedOut: boolean,
  error: Error | undefined,
): { readonly reason: ResetReason; readonly transport: string } {
  if (timedOut) return { reason: 'connection timeout', transport: '' };
  const code = error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const text = systemTexts[code] ?? code;
  if (text === '') return { reason: 'remote connection failure', transport: '' };
  const when = immediate.has(code) ? 'immediate' : 'delayed';
  return { reason: 'remote connection failure', transport: `${when} connect error: ${text}`.replaceAll(' ', '_') };
}
