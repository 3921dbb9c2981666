// Finds the line and column of a field path in parsed YAML, through aliases, merge keys and text that is itself YAML.
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { splitPath } from '../lib/field-path.ts';
import { parseYaml } from './yaml-parser.ts';

export interface Position {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
}

/** The field's key (or the list's item), its value, or a position in the text that the value is. */
export type PlaceTarget = 'key' | 'value' | Position;

export interface YamlPlaces {
  /** Of a path that the text does not have, its nearest parent's. */
  positionOf(path: string, at: PlaceTarget): Position;
  /** The value as it is written, without quotes; undefined if it is not a single value. */
  sourceOf(path: string): string | undefined;
}

export function yamlPlaces(yaml: Document, positionAt: (offset: number) => Position, text: string): YamlPlaces {
  const find = (path: string): Found => follow(yaml, splitPath(path));
  return {
    positionOf(path, at) {
      const { key, value, node, rest } = find(path);
      if (isBlockText(node) && (rest.length > 0 || typeof at === 'object')) {
        const inner = typeof at === 'object' ? at : positionInText(node, rest, at);
        return insideBlock(node, inner, positionAt, text);
      }
      return positionAt(at === 'key' ? key : value);
    },
    sourceOf(path) {
      const { node, rest } = find(path);
      return isScalar(node) && rest.length === 0 ? node.source : undefined;
    },
  };
}

interface Found {
  readonly key: number;
  readonly value: number;
  readonly node: unknown;
  /** Steps that led nowhere. */
  readonly rest: readonly string[];
}

function follow(yaml: Document, steps: readonly string[]): Found {
  const resolved = (node: unknown): unknown => (isAlias(node) ? node.resolve(yaml) : node);
  let node: unknown = resolved(yaml.contents);
  let key = offsetOf(yaml.contents) ?? 0;
  let value = key;
  for (const [index, step] of steps.entries()) {
    const next = stepInto(node, step, resolved);
    if (next === undefined) return { key, value, node, rest: steps.slice(index) };
    key = offsetOf(next.key) ?? key;
    value = offsetOf(next.value) ?? key;
    node = resolved(next.value);
  }
  return { key, value, node, rest: [] };
}

function offsetOf(node: unknown): number | undefined {
  return typeof node === 'object' && node !== null && 'range' in node ? (node as Node).range?.[0] : undefined;
}

function stepInto(
  node: unknown,
  step: string,
  resolved: (node: unknown) => unknown,
): { key: unknown; value: unknown } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return item === undefined ? undefined : { key: item, value: item };
  }
  return isMap(node) ? findPair(node, step, resolved) : undefined;
}

/** A key of the map itself, or else of what a merge key (`<<`) brings in. */
function findPair(node: YAMLMap, name: string, resolved: (node: unknown) => unknown): Pair | undefined {
  const own = node.items.find((pair) => keyText(pair) === name);
  if (own !== undefined) return own;
  for (const pair of node.items.filter((each) => keyText(each) === '<<')) {
    const merged = resolved(pair.value);
    for (const source of isSeq(merged) ? merged.items.map(resolved) : [merged]) {
      const found = isMap(source) ? findPair(source, name, resolved) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

const keyText = (pair: Pair): string => (isScalar(pair.key) ? String(pair.key.source ?? pair.key.value) : '');

/** Text below a `|`, as a ConfigMap holds a whole document in. */
function isBlockText(node: unknown): node is Scalar<string> {
  return isScalar(node) && node.type === 'BLOCK_LITERAL' && typeof node.value === 'string';
}

function positionInText(node: Scalar<string>, steps: readonly string[], at: 'key' | 'value'): Position {
  const { yaml, lineCounter } = parseYaml(node.value);
  const { key, value } = follow(yaml, steps);
  const { line, col } = lineCounter.linePos(at === 'key' ? key : value);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** The block's text starts in the line below the `|`; its first line says how far it is indented. */
function insideBlock(
  node: Scalar<string>,
  inner: Position,
  positionAt: (offset: number) => Position,
  text: string,
): Position {
  const start = node.range?.[0] ?? 0;
  const body = text.slice(text.indexOf('\n', start) + 1);
  const indent = /^(?:[ ]*\n)*([ ]*)/.exec(body)?.[1]?.length ?? 0;
  return { line: positionAt(start).line + inner.line, column: indent + inner.column };
}
