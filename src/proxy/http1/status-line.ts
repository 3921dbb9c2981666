// Status lines as Envoy writes them: the registry's reason phrases, `Unknown` where it has none. What an upstream said is not passed on.
import { STATUS_CODES } from 'node:http';

/** In Node's table, but unknown to Envoy 1.40. */
const unknownToEnvoy: ReadonlySet<number> = new Set([102, 103, 418, 451, 509]);

export function reasonOf(status: number): string {
  return unknownToEnvoy.has(status) ? 'Unknown' : (STATUS_CODES[status] ?? 'Unknown');
}

const lines: readonly string[] = Array.from(
  { length: 600 },
  (_, status) => `HTTP/1.1 ${status} ${reasonOf(status)}\r\n`,
);

export function statusLine(status: number): string {
  return lines[status] ?? `HTTP/1.1 ${status} Unknown\r\n`;
}
