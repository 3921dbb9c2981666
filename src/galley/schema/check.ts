// Checks an unknown value against a schema: every problem at once, and what of the value is usable.
import { didYouMean } from '../../lib/did-you-mean.ts';
import { childPath, splitPath } from '../../lib/field-path.ts';
import type { Issue } from '../../lib/issue.ts';
import type { ArrayNode, FieldStatus, Infer, MapNode, ObjectNode, Schema } from '../schema.ts';
import { checkScalar, type Report, wrongType } from './check-scalar.ts';

export interface Checked<T> {
  readonly issues: Issue[];
  /**
   * The value without unknown fields, nulls (Kubernetes takes a null field for an absent one) and parts that are wrong or lack
   * something. It is of type T if it is `sound`; otherwise required parts of the whole itself are missing.
   */
  readonly value: T;
  readonly sound: boolean;
  /** Items that were wrong are left out of `value`: this tells where a path of it stood before. */
  originalPath(path: string): string;
}

interface Run {
  readonly issues: Issue[];
  /** Objects that lack a required part. */
  readonly incomplete: WeakSet<object>;
  /** Indexes of the items that were kept, by the list's path; only of lists that lost some. */
  readonly kept: Map<string, readonly number[]>;
}

/** Unknown fields are errors of code `unknown-field`, which a caller may downgrade (the API server drops them). */
export function checkSchema<S extends Schema>(schema: S, value: unknown, path = ''): Checked<Infer<S>> {
  const run: Run = { issues: [], incomplete: new WeakSet(), kept: new Map() };
  const checked = checkNode(schema, value ?? {}, path, run);
  // What should be an object and is none counts as an empty one, so that callers may look into it.
  const usable = checked ?? (schema.kind === 'object' ? {} : undefined);
  return {
    issues: run.issues,
    value: usable as Infer<S>,
    sound: isComplete(checked, run),
    originalPath: (of) => originalPath(of, run.kept),
  };
}

function originalPath(path: string, kept: Run['kept']): string {
  let original = '';
  for (const step of splitPath(path)) {
    const index = kept.get(original)?.[Number(step)];
    original = childPath(original, index ?? (/^\d+$/.test(step) ? Number(step) : step));
  }
  return original;
}

function isComplete(value: unknown, run: Run): boolean {
  return value !== undefined && !(typeof value === 'object' && value !== null && run.incomplete.has(value));
}

function checkNode(schema: Schema, value: unknown, path: string, run: Run): unknown {
  const { issues } = run;
  const before = issues.length;
  const report: Report = (at, code, message, hint) =>
    issues.push({ path: at, code, message, severity: 'error', ...(hint === undefined ? {} : { hint }) });
  const usable = checkType(schema, value, path, run, report);
  const valueStatus = schema.kind === 'string' ? schema.valueStatus?.[String(usable)] : undefined;
  if (valueStatus !== undefined) reportStatus(valueStatus, String(usable), path, issues);
  const broken = issues.slice(before).some((issue) => issue.severity === 'error' && issue.code !== 'unknown-field');
  // A rule reads the whole value, so it waits until every part of it has the right type.
  if (!broken) {
    for (const { test, message, code } of schema.rules ?? []) {
      if (!(test as (value: unknown) => boolean)(usable)) report(path, code, message);
    }
  }
  return usable;
}

function checkType(schema: Schema, value: unknown, path: string, run: Run, report: Report): unknown {
  switch (schema.kind) {
    case 'object':
      return isRecord(value)
        ? checkObject(schema, value, path, run, report)
        : wrongType(report, path, 'an object', value);
    case 'map':
      return isRecord(value) ? checkMap(schema, value, path, run, report) : wrongType(report, path, 'a map', value);
    case 'array':
      return Array.isArray(value)
        ? checkArray(schema, value, path, run, report)
        : wrongType(report, path, 'a list', value);
    case 'any':
      return value;
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
    case 'duration':
    case 'int-or-string':
      return checkScalar(schema, value, path, report);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkObject(
  node: ObjectNode,
  value: Record<string, unknown>,
  path: string,
  run: Run,
  report: Report,
): unknown {
  const usable: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    if (inner === null || inner === undefined) continue;
    const field = Object.hasOwn(node.fields, name) ? node.fields[name] : undefined;
    const at = childPath(path, name);
    if (field === undefined) {
      reportUnknown(node, name, at, report);
      continue;
    }
    if (field.status !== undefined) reportStatus(field.status, name, at, run.issues);
    const kept = checkNode(field, inner, at, run);
    if (isComplete(kept, run)) put(usable, name, kept);
  }
  for (const name of node.requiredFields) {
    if (value[name] === undefined || value[name] === null) {
      report(childPath(path, name), 'missing', `\`${name}\` is required`);
    }
    if (usable[name] === undefined) run.incomplete.add(usable);
  }
  for (const group of node.oneOf) {
    const set = group.filter((name) => value[name] !== undefined && value[name] !== null);
    if (set.length > 1) {
      report(path, 'crossing', `only one of ${quoteAll(group)} may be set`, `these are set: ${quoteAll(set)}`);
    }
  }
  return usable;
}

/** A key of a user's may be `__proto__`, which an assignment would take for the prototype. */
function put(object: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

function reportUnknown(node: ObjectNode, name: string, at: string, report: Report): void {
  const names = Object.keys(node.fields);
  const guess = didYouMean(name, names) ?? completed(name, names);
  const known = names.length <= 8 && names.length > 0 ? `known here: ${quoteAll(names)}` : undefined;
  report(at, 'unknown-field', `unknown field \`${name}\``, guess === undefined ? known : `did you mean \`${guess}\`?`);
}

/** The only known name that begins with what was written. */
function completed(name: string, names: readonly string[]): string | undefined {
  const longer = names.filter((each) => name.length >= 3 && each.toLowerCase().startsWith(name.toLowerCase()));
  return longer.length === 1 ? longer[0] : undefined;
}

export function reportStatus(status: FieldStatus, name: string, path: string, issues: Issue[]): void {
  const refusal = status.state === 'refused';
  issues.push({
    path,
    severity: refusal ? 'error' : 'warning',
    code: status.state,
    message: refusal ? `\`${name}\` is refused: ${status.note}` : `\`${name}\` is not supported yet: ${status.note}`,
  });
}

function checkMap(node: MapNode, value: Record<string, unknown>, path: string, run: Run, report: Report): unknown {
  const usable: Record<string, unknown> = {};
  const names = Object.keys(value);
  if (node.maxProperties !== undefined && names.length > node.maxProperties) {
    report(path, 'out-of-range', `has ${names.length} entries, at most ${node.maxProperties} are allowed`);
  }
  for (const name of names) {
    const inner = value[name];
    if (inner === null || inner === undefined) continue;
    const kept = checkNode(node.values, inner, childPath(path, name), run);
    if (isComplete(kept, run)) put(usable, name, kept);
  }
  return usable;
}

function checkArray(node: ArrayNode, value: unknown[], path: string, run: Run, report: Report): unknown {
  if (node.minItems !== undefined && value.length < node.minItems) {
    report(path, 'out-of-range', `has ${value.length} items, at least ${node.minItems} needed`);
  }
  if (node.maxItems !== undefined && value.length > node.maxItems) {
    report(path, 'out-of-range', `has ${value.length} items, at most ${node.maxItems} are allowed`);
  }
  const firstWith = new Map<string, number>();
  const usable: unknown[] = [];
  const indexes: number[] = [];
  for (const [index, item] of value.entries()) {
    const at = childPath(path, index);
    const kept = checkNode(node.items, item, at, run);
    if (isComplete(kept, run)) {
      usable.push(kept);
      indexes.push(index);
    }
    if (node.keys === undefined || !isRecord(item)) continue;
    const key = JSON.stringify(node.keys.map((name) => item[name] ?? null));
    const first = firstWith.get(key);
    if (first === undefined) firstWith.set(key, index);
    else report(at, 'duplicate', `has the same ${quoteAll(node.keys)} as ${childPath(path, first)}`);
  }
  if (usable.length < value.length) run.kept.set(path, indexes);
  return usable;
}

function quoteAll(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}
