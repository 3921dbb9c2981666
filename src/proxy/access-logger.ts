// Writes the access logs of a listener or filter: those whose conditions hold, each in its format, to its file.
import type { AccessLog, AccessLogFilter } from '../decide/config/access-log.ts';
import type { FormatContext } from '../decide/format/format-context.ts';
import { formatJson } from '../decide/format/format-json.ts';
import { formatText } from '../decide/format/format-text.ts';
import { holdsFor, streamRandom } from '../decide/match/fraction.ts';
import { matchesRequestHeaders } from '../decide/match/match-header.ts';
import type { LogFile } from '../telemetry/access-log/log-file.ts';
import type { LogFiles } from '../telemetry/access-log/log-files.ts';

export class AccessLogger {
  readonly #logs: readonly { readonly log: AccessLog; readonly file: LogFile }[];

  constructor(logs: readonly AccessLog[], files: LogFiles) {
    this.#logs = logs.map((log) => ({ log, file: files.file(log.path) }));
  }

  /** Once, at the end of a request or connection. */
  log(context: FormatContext): void {
    for (const { log, file } of this.#logs) {
      const { filter, format } = log;
      if (filter !== undefined && !passes(filter, context)) continue;
      if (format.kind === 'text') file.write(formatText(format.format, context, format.omitEmpty ? '' : '-'));
      else file.write(`${formatJson(format.root, context, format.omitEmpty)}\n`);
    }
  }
}

function passes(filter: AccessLogFilter, context: FormatContext): boolean {
  const { stream, request } = context;
  switch (filter.kind) {
    case 'response-flags':
      return hasFlag(filter.flags, stream.responseFlags ?? '');
    case 'status-code':
      return compares(filter, stream.responseCode ?? 0);
    case 'duration-ms':
      return compares(filter, stream.durationMs ?? 0);
    case 'header':
      return request !== undefined && matchesRequestHeaders([filter.header], request);
    case 'random':
      return holdsFor(filter.fraction, streamRandom(Math.random));
    case 'not-health-check':
      // No filter here answers health checks.
      return true;
    case 'and':
      return filter.filters.every((each) => passes(each, context));
    case 'or':
      return filter.filters.some((each) => passes(each, context));
  }
}

function hasFlag(wanted: readonly string[], flags: string): boolean {
  if (flags === '') return false;
  return wanted.length === 0 || flags.split(',').some((flag) => wanted.includes(flag));
}

function compares({ op, value }: { op: 'eq' | 'ge' | 'le' | 'ne'; value: number }, actual: number): boolean {
  switch (op) {
    case 'eq':
      return actual === value;
    case 'ge':
      return actual >= value;
    case 'le':
      return actual <= value;
    case 'ne':
      return actual !== value;
  }
}
