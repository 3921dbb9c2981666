// Reads YAML (and JSON) text into documents, each of which can tell the line and column of every field path.
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { splitPath } from '../lib/field-path.ts';
import type { Issue, Place } from '../lib/issue.ts';
import { kubernetesScalars } from './yaml-scalars.ts';

/** An object to check, and where its text has what. An object that came from no text has no `placeOf`. */
export interface ConfigDocument {
  readonly object: unknown;
  /**
   * Place of a field's key (or of a list's item), or of its value. A path that the text does not have gives its nearest
   * parent's place.
   */
  readonly placeOf?: (path: string, at?: 'key' | 'value') => Place;
}

export interface ParsedDocuments {
  readonly documents: readonly (ConfigDocument & { readonly placeOf: (path: string, at?: 'key' | 'value') => Place })[];
  /** What kept documents from being read. A document with a syntax error is not among `documents`. */
  readonly issues: readonly Issue[];
}

/** Limits that keep a file, by accident or on purpose, from filling the memory. */
export const yamlLimits = { bytes: 16 * 1024 * 1024, aliases: 100, depth: 100 } as const;

/** All documents of a text, items of a `List` one by one; all its syntax errors at once. */
export function parseDocuments(text: string, file: string): ParsedDocuments {
  const documents: ParsedDocuments['documents'][number][] = [];
  const issues: Issue[] = [];
  if (text.length > yamlLimits.bytes) {
    const message = `the file is larger than ${yamlLimits.bytes / 1024 / 1024} MiB`;
    return { documents, issues: [{ path: '', code: 'syntax', severity: 'error', message, place: start(file) }] };
  }
  for (const chunk of splitChunks(text)) {
    const parsed = parseChunk(chunk, file);
    issues.push(...parsed.issues);
    if (parsed.root !== undefined) documents.push(...flattenLists(parsed.root));
  }
  return { documents, issues };
}

const start = (file: string): Place => ({ file, line: 1, column: 1 });

interface Chunk {
  readonly text: string;
  /** Lines of the file before it. */
  readonly linesBefore: number;
}

/** Splits at `---` before parsing, as kubectl does, so that one broken document does not hide the next. */
function splitChunks(text: string): Chunk[] {
  const chunks: Chunk[] = [];
  let lines: string[] = [];
  let first = 0;
  const close = (next: number): void => {
    // Only comments and directives: no document.
    if (lines.some((line) => !/^\s*(?:#.*|%.*)?$/.test(line)))
      chunks.push({ text: lines.join('\n'), linesBefore: first });
    lines = [];
    first = next;
  };
  for (const [number, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    if (/^---(?:\s|$)/.test(line)) {
      close(number);
      lines.push(`   ${line.slice(3)}`);
    } else if (/^\.\.\.\s*$/.test(line)) {
      close(number + 1);
    } else lines.push(line);
  }
  close(0);
  return chunks;
}

type PlacedDocument = ParsedDocuments['documents'][number];

function parseChunk(chunk: Chunk, file: string): { root?: PlacedDocument; issues: Issue[] } {
  const lineCounter = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: chunk.linesBefore + Math.max(line, 1), column: Math.max(col, 1) };
  };
  const failed = (message: string, offset = 0, hint?: string): { issues: Issue[] } => ({
    issues: [
      {
        path: '',
        code: 'syntax',
        severity: 'error',
        message,
        place: placeAt(offset),
        ...(hint === undefined ? {} : { hint }),
      },
    ],
  });
  let yaml: Document | undefined;
  try {
    yaml = parseDocument(chunk.text, {
      version: '1.1',
      schema: 'failsafe',
      customTags: (tags) => [...tags, ...kubernetesScalars],
      merge: true,
      lineCounter,
      prettyErrors: false,
      uniqueKeys: true,
    });
    if (yaml.errors.length > 0) return { issues: yaml.errors.map((error) => syntaxIssue(error, placeAt)) };
    const deep = deepNode(yaml.contents);
    if (deep !== undefined) return failed(`nested deeper than ${yamlLimits.depth} levels`, deep.range?.[0]);
    const object: unknown = yaml.toJS({ maxAliasCount: yamlLimits.aliases });
    return { root: { object, placeOf: placeFinder(yaml, placeAt) }, issues: [] };
  } catch (error) {
    // The parser recurses: text that nests too deeply for it ends in a RangeError, and aliases past the limit in a ReferenceError.
    if (error instanceof RangeError) return failed(`nested deeper than ${yamlLimits.depth} levels`);
    if (!(error instanceof ReferenceError)) throw error;
    const lost = yaml === undefined ? undefined : unresolvedAlias(yaml);
    if (lost !== undefined) return failed(`nothing is named \`&${lost.source}\``, lost.range?.[0], hints.BAD_ALIAS);
    return failed(`uses more than ${yamlLimits.aliases} aliases`);
  }
}

function deepNode(node: unknown, depth = 0): Node | undefined {
  if (!isMap(node) && !isSeq(node)) return undefined;
  if (depth >= yamlLimits.depth) return node;
  for (const item of node.items as unknown[]) {
    const deep = deepNode(isMap(node) ? (item as Pair).value : item, depth + 1);
    if (deep !== undefined) return deep;
  }
  return undefined;
}

function unresolvedAlias(yaml: Document): Alias | undefined {
  let lost: Alias | undefined;
  visit(yaml, {
    Alias: (_, node) => {
      if (node.resolve(yaml) !== undefined) return undefined;
      lost = node;
      return visit.BREAK;
    },
  });
  return lost;
}

const hints: Partial<Record<YAMLError['code'], string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  BAD_INDENT: 'fields of one object start in the same column',
  DUPLICATE_KEY: 'remove one of the two',
  BAD_ALIAS: 'the anchor (`&name`) has to come first; a value that starts with `*` needs quotes',
  BAD_SCALAR_START: 'put the value in quotes',
  MULTILINE_IMPLICIT_KEY: 'is a `:` missing, or the line above not indented as this one?',
  BLOCK_AS_IMPLICIT_KEY: 'a value with `: ` in it needs quotes',
  MISSING_CHAR: 'is a quote, a bracket or a `:` missing?',
  UNEXPECTED_TOKEN: 'is a quote or a bracket left open, or a value in need of quotes?',
};

function syntaxIssue(error: YAMLError, placeAt: (offset: number) => Place): Issue {
  const flow = /end with a (.)/.exec(error.message)?.[1];
  const hint = flow === undefined ? hints[error.code] : `is the closing \`${flow}\` missing?`;
  const duplicate = error.code === 'DUPLICATE_KEY';
  return {
    path: '',
    code: duplicate ? 'duplicate' : 'syntax',
    severity: 'error',
    message: messageOf(error),
    place: placeAt(error.pos[0]),
    ...(hint === undefined ? {} : { hint }),
  };
}

function messageOf(error: YAMLError): string {
  if (error.code === 'DUPLICATE_KEY') return 'the field stands here twice';
  if (error.code === 'RESOURCE_EXHAUSTION') return `nested deeper than ${yamlLimits.depth} levels`;
  const [line = ''] = error.message.split('\n', 1);
  return line.slice(0, 1).toLowerCase() + line.slice(1);
}

function placeFinder(yaml: Document, placeAt: (offset: number) => Place): PlacedDocument['placeOf'] {
  const resolved = (node: unknown): unknown => (isAlias(node) ? node.resolve(yaml) : node);
  return (path, at = 'key') => {
    let node: unknown = resolved(yaml.contents);
    let key = offsetOf(yaml.contents) ?? 0;
    let value = key;
    for (const step of splitPath(path)) {
      const next = stepInto(node, step, resolved);
      if (next === undefined) break;
      key = offsetOf(next.key) ?? key;
      value = offsetOf(next.value) ?? key;
      node = resolved(next.value);
    }
    return placeAt(at === 'key' ? key : value);
  };
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

/** `kind: List` (or `ServiceList`) stands for its items. */
function flattenLists(document: PlacedDocument): PlacedDocument[] {
  const list = document.object as { kind?: unknown; items?: unknown } | null;
  if (typeof list !== 'object' || list === null) return [document];
  if (typeof list.kind !== 'string' || !list.kind.endsWith('List') || !Array.isArray(list.items)) return [document];
  return list.items.flatMap((object: unknown, index) => {
    const below = (path: string): string =>
      path === '' ? `items[${index}]` : `items[${index}]${path.startsWith('[') ? '' : '.'}${path}`;
    return flattenLists({ object, placeOf: (path, at) => document.placeOf(below(path), at) });
  });
}
