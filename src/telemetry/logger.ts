// The project's log: one line an event, as text in the columns that Istio's agent and Envoy use, or as JSON.

const levels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof levels)[number];
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log under another name: `agent` and then `agent.dns`. */
  child(scope: string): Logger;
}

export interface LoggerOptions {
  readonly scope: string;
  /** A function is asked for each line: the level of a running program may change. */
  readonly level?: LogLevel | 'off' | (() => LogLevel | 'off');
  readonly format?: 'text' | 'json';
  /** Gets whole lines, without the line break. Standard error when absent. */
  readonly write?: (line: string) => void;
  readonly now?: () => Date;
}

/** Envoy's words for levels too: `warning`, `trace`, `critical`. Unknown words are undefined. */
export function parseLogLevel(text: string): LogLevel | 'off' | undefined {
  const word = text.toLowerCase();
  const aliases: Readonly<Record<string, LogLevel | 'off'>> = {
    trace: 'debug',
    warning: 'warn',
    err: 'error',
    critical: 'error',
    fatal: 'error',
    off: 'off',
    none: 'off',
  };
  return levels.find((level) => level === word) ?? aliases[word];
}

export function createLogger(options: LoggerOptions): Logger {
  const { scope, level = 'info', format = 'text' } = options;
  const write = options.write ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const now = options.now ?? (() => new Date());
  const lowest = typeof level === 'function' ? () => rank(level()) : always(rank(level));
  const print = format === 'json' ? printJson : printText;
  const at = (index: number) => (message: string, fields?: LogFields) => {
    if (index < lowest()) return;
    write(print({ time: now().toISOString(), level: levels[index] ?? 'info', scope, message }, fields));
  };
  return {
    debug: at(0),
    info: at(1),
    warn: at(2),
    error: at(3),
    child: (name) => createLogger({ ...options, scope: `${scope}.${name}` }),
  };
}

function rank(level: LogLevel | 'off'): number {
  return level === 'off' ? levels.length : levels.indexOf(level);
}

function always<T>(value: T): () => T {
  return () => value;
}

/** For code under test, and for rooms that were given no log. */
export const silentLogger: Logger = createLogger({ scope: 'silent', level: 'off' });

interface LogLine {
  readonly time: string;
  readonly level: LogLevel;
  readonly scope: string;
  readonly message: string;
}

/** Control characters are escaped: what comes from outside must not be able to forge a line. */
function printText(line: LogLine, fields: LogFields = {}): string {
  const parts = Object.entries(fields).map(([name, value]) => ` ${name}=${printValue(value)}`);
  const message = line.message.replaceAll(/\p{Cc}/gu, (char) => JSON.stringify(char).slice(1, -1));
  return `${line.time}\t${line.level}\t${line.scope}\t${message}${parts.join('')}`;
}

function printValue(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
  return typeof value === 'string' && /[\s"=\p{Cc}]/u.test(text) ? JSON.stringify(text) : text;
}

function printJson(line: LogLine, fields: LogFields = {}): string {
  return JSON.stringify({ ...fields, ...line });
}
