// Reason phrases as Envoy writes them: those of the status registry, `Unknown` for the others.
import { STATUS_CODES } from 'node:http';

export function reasonOf(status: number): string {
  return STATUS_CODES[status] ?? 'Unknown';
}
