// Reads YAML (and JSON) text into documents, each of which can tell the line and column of every field path.
import { type Alias, type Document, isMap, isSeq, type Node, type Pair, visit } from 'yaml';
import type { Issue, Place } from '../lib/issue.ts';
import { parseYaml } from './yaml-parser.ts';
import { type PlaceTarget, yamlPlaces } from './yaml-places.ts';
import { aliasIssue, syntaxIssue } from './yaml-syntax-issue.ts';

/** An object to check, and where its text has what. An object that came from no text has no `placeOf`. */
export interface ConfigDocument {
  readonly object: unknown;
  /** `key` unless told. A path that the text does not have gives its nearest parent's place. */
  readonly placeOf?: (path: string, at?: PlaceTarget) => Place;
  /** A single value as it is written, where that says more than what it was read as (`1.10`, `on`). */
  readonly sourceOf?: (path: string) => string | undefined;
}

export type PlacedDocument = Required<ConfigDocument>;

export interface ParsedDocuments {
  readonly documents: readonly PlacedDocument[];
  /** What kept documents from being read. A document with a syntax error is not among `documents`. */
  readonly issues: readonly Issue[];
}

/** Limits that keep a file, by accident or on purpose, from filling the memory. */
export const yamlLimits = { bytes: 16 * 1024 * 1024, aliases: 100, depth: 100 } as const;

/** All documents of a text, items of a `List` one by one; all its syntax errors at once. */
export function parseDocuments(text: string, file: string): ParsedDocuments {
  const documents: PlacedDocument[] = [];
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

function parseChunk(chunk: Chunk, file: string): { root?: PlacedDocument; issues: Issue[] } {
  const inFile = ({ line, column }: { line: number; column: number }): Place => ({
    file,
    line: chunk.linesBefore + Math.max(line, 1),
    column: Math.max(column, 1),
  });
  const failed = (message: string, position = { line: 1, column: 1 }): { issues: Issue[] } => ({
    issues: [{ path: '', code: 'syntax', severity: 'error', message, place: inFile(position) }],
  });
  try {
    const parsed = parseYaml(chunk.text);
    const { yaml } = parsed;
    const positionAt = (offset: number): { line: number; column: number } => {
      const { line, col } = parsed.lineCounter.linePos(offset);
      return { line, column: col };
    };
    if (yaml.errors.length > 0) {
      const { depth } = yamlLimits;
      // The parser finds more than one thing wrong with the same spot: the first says what it is.
      const first = new Map(yaml.errors.toReversed().map((error) => [error.pos[0], error]));
      const errors = yaml.errors.filter((error) => first.get(error.pos[0]) === error);
      return { issues: errors.map((error) => syntaxIssue(error, inFile(positionAt(error.pos[0])), depth)) };
    }
    const deep = deepNode(yaml.contents);
    if (deep !== undefined) return failed(tooDeep, positionAt(deep.range?.[0] ?? 0));
    const lost = unresolvedAlias(yaml);
    if (lost !== undefined) return { issues: [aliasIssue(lost.source, inFile(positionAt(lost.range?.[0] ?? 0)))] };
    const object: unknown = yaml.toJS({ maxAliasCount: yamlLimits.aliases });
    const places = yamlPlaces(yaml, positionAt, chunk.text);
    const placeOf: PlacedDocument['placeOf'] = (path, at = 'key') => inFile(places.positionOf(path, at));
    const sourceOf: PlacedDocument['sourceOf'] = (path) => places.sourceOf(path);
    return { root: { object, placeOf, sourceOf }, issues: [] };
  } catch (error) {
    // The parser recurses: text that nests too deeply for it ends in a RangeError, and aliases past the limit in a ReferenceError.
    if (error instanceof RangeError) return failed(tooDeep);
    if (error instanceof ReferenceError) return failed(`uses more than ${yamlLimits.aliases} aliases`);
    throw error;
  }
}

const tooDeep = `nested deeper than ${yamlLimits.depth} levels`;

function deepNode(node: unknown, depth = 0): Node | undefined {
  if (!isMap(node) && !isSeq(node)) return undefined;
  if (depth >= yamlLimits.depth) return node;
  for (const item of node.items as unknown[]) {
    const deep = deepNode(isMap(node) ? (item as Pair).value : item, depth + 1);
    if (deep !== undefined) return deep;
  }
  return undefined;
}

/** Aliases of names that come first, looked for once: to resolve each would take the square of their number. */
function unresolvedAlias(yaml: Document): Alias | undefined {
  const named = new Set<string>();
  let lost: Alias | undefined;
  visit(yaml, {
    Node: (_, node) => {
      if ('anchor' in node && node.anchor !== undefined) named.add(node.anchor);
    },
    Alias: (_, node) => {
      if (named.has(node.source)) return undefined;
      lost = node;
      return visit.BREAK;
    },
  });
  return lost;
}

/** `kind: List` (or `ServiceList`) stands for its items. */
function flattenLists(document: PlacedDocument): PlacedDocument[] {
  const list = document.object as { kind?: unknown; items?: unknown } | null;
  if (typeof list !== 'object' || list === null) return [document];
  if (typeof list.kind !== 'string' || !list.kind.endsWith('List') || !Array.isArray(list.items)) return [document];
  return list.items.flatMap((object: unknown, index) => {
    const below = (path: string): string =>
      path === '' ? `items[${index}]` : `items[${index}]${path.startsWith('[') ? '' : '.'}${path}`;
    return flattenLists({
      object,
      placeOf: (path, at) => document.placeOf(below(path), at),
      sourceOf: (path) => document.sourceOf(below(path)),
    });
  });
}
