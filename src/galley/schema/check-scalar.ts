// Checks of single values: strings, numbers, booleans, durations. See check.ts for what holds them.
import { didYouMean } from '../../lib/did-you-mean.ts';
import { parseDuration } from '../../lib/duration.ts';
import type { IssueCode } from '../../lib/issue.ts';
import type { DurationNode, NumberNode, SchemaNode, StringNode } from '../schema.ts';

/** Notes an error at a path. */
export type Report = (path: string, code: IssueCode, message: string, hint?: string) => void;

type ScalarNode = Exclude<SchemaNode, { kind: 'object' | 'map' | 'array' | 'any' }>;

/** The value if it is right, undefined after reporting what is wrong. */
export function checkScalar(node: ScalarNode, value: unknown, path: string, report: Report): unknown {
  switch (node.kind) {
    case 'string':
      return typeof value === 'string'
        ? checkString(node, value, path, report)
        : wrongType(report, path, 'a string', value);
    case 'integer':
    case 'number':
      return checkNumber(node, value, path, report);
    case 'boolean':
      return typeof value === 'boolean' ? value : wrongType(report, path, 'true or false', value);
    case 'duration':
      return checkDuration(node, value, path, report);
    case 'int-or-string':
      return Number.isInteger(value) || typeof value === 'string'
        ? value
        : wrongType(report, path, 'an integer or a string', value);
  }
}

function checkString(node: StringNode, value: string, path: string, report: Report): string | undefined {
  if (node.values !== undefined && !node.values.includes(value)) {
    const guess = didYouMean(value, node.values);
    const hint = guess === undefined ? `one of ${node.values.join(', ')}` : `did you mean \`${guess}\`?`;
    report(path, 'bad-enum', `\`${value}\` is not a known value`, hint);
    return undefined;
  }
  const length = value.match(/./gsu)?.length ?? 0;
  if (node.minLength !== undefined && length < node.minLength) {
    report(path, 'out-of-range', length === 0 ? 'must not be empty' : `is shorter than ${node.minLength} characters`);
    return undefined;
  }
  if (node.maxLength !== undefined && length > node.maxLength) {
    report(path, 'out-of-range', `is ${length} characters long, at most ${node.maxLength} are allowed`);
    return undefined;
  }
  if (node.pattern !== undefined && !node.pattern.test(value)) {
    report(path, 'bad-value', `\`${value}\` does not match ${node.pattern.source}`);
    return undefined;
  }
  return value;
}

function checkNumber(node: NumberNode, value: unknown, path: string, report: Report): number | undefined {
  const what = node.kind === 'integer' ? 'an integer' : 'a number';
  if (typeof value !== 'number' || !Number.isFinite(value)) return wrongType(report, path, what, value);
  if (node.kind === 'integer' && !Number.isInteger(value)) return wrongType(report, path, what, value);
  const tooLow = node.min !== undefined && value < node.min;
  const tooHigh = node.max !== undefined && value > node.max;
  if (!tooLow && !tooHigh) return value;
  report(path, 'out-of-range', `${value} is out of range`, rangeText(node));
  return undefined;
}

/** `0 to 100`, `at least 1`, or nothing. */
export function rangeText(node: NumberNode): string {
  if (node.min === undefined) return node.max === undefined ? '' : `at most ${node.max}`;
  return node.max === undefined ? `at least ${node.min}` : `${node.min} to ${node.max}`;
}

function checkDuration(node: DurationNode, value: unknown, path: string, report: Report): string | undefined {
  if (typeof value !== 'string') {
    const hint = typeof value === 'number' ? `with a unit: \`${value}s\`?` : 'such as `1.5s` or `250ms`';
    report(path, 'wrong-type', `must be a duration, but is ${describeValue(value)}`, hint);
    return undefined;
  }
  const ms = parseDuration(value);
  if (ms === undefined) {
    const hint = /^\d+$/.test(value) ? `with a unit: \`${value}s\`?` : 'such as `1.5s`, `250ms` or `1h30m`';
    report(path, 'bad-duration', `\`${value}\` is not a duration`, hint);
    return undefined;
  }
  if (node.minMs !== undefined && ms < node.minMs) {
    report(path, 'bad-duration', `\`${value}\` is too short`, `at least ${node.minMs}ms`);
    return undefined;
  }
  return value;
}

export function wrongType(report: Report, path: string, expected: string, value: unknown): undefined {
  report(path, 'wrong-type', `must be ${expected}, but is ${describeValue(value)}`, typeHint(expected, value));
  return undefined;
}

/** The slips of YAML that people make most: quotes forgotten or too many, a list without its dash. */
function typeHint(expected: string, value: unknown): string | undefined {
  if (expected === 'a string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return `in quotes: "${value}"`;
  }
  if (expected === 'a list') return 'each item starts with `- `';
  if (typeof value === 'string') {
    if (/integer|number/.test(expected) && value.trim() !== '' && Number.isFinite(Number(value)))
      return 'without quotes';
    if (expected === 'true or false' && /^(true|false)$/i.test(value)) return 'without quotes';
  }
  if (Array.isArray(value) && expected === 'an object') return 'no dash before its first field';
  return undefined;
}

export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (typeof value === 'string') return `the string "${value.length > 40 ? `${value.slice(0, 40)}...` : value}"`;
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'boolean') return `\`${value}\``;
  return Array.isArray(value) ? 'a list' : 'an object';
}
