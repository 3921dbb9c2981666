// Everything that can be said of one document by itself: its kind, its metadata, its schema, and the kind's own checks.
import type { Issue, IssueCode } from '../lib/issue.ts';
import { hasErrors } from '../lib/issue.ts';
import { defaultMeshSettings } from '../model/mesh-settings.ts';
import { checkMetadata } from './check-metadata.ts';
import { lookupKind } from './kinds/index.ts';
import type { ConfigKind, KindContext, Resource } from './kinds/kind.ts';
import { checkSchema } from './schema/check.ts';
import type { ConfigDocument } from './yaml-documents.ts';

export interface CheckOptions extends Partial<KindContext> {
  /**
   * In a file an unknown field is a mistake (`error`). An API server has dropped those of its time, so that one that is left is
   * newer than we are (`warning`).
   */
  readonly unknownFields?: 'error' | 'warning';
  /** Where a namespaced resource goes that names no namespace; `default` unless given. */
  readonly namespace?: string;
}

export interface CheckedDocument {
  /** All problems at once, with places if the document can tell them. */
  readonly issues: Issue[];
  readonly kind: ConfigKind | undefined;
  /** Only if there is no error. */
  readonly resource: Resource | undefined;
  /** Those of `issues` that came from the kind's own validation: what in Istio the webhook says, not the API server. */
  readonly validation: readonly Issue[];
}

/** For whoever wants to know what is wrong. Kinds of Kubernetes that say nothing to the mesh are taken as they are. */
export function checkDocument(document: ConfigDocument, options: CheckOptions = {}): Issue[] {
  return readDocument(document, options).issues;
}

/** For whoever goes on to lower it. */
export function readDocument(document: ConfigDocument, options: CheckOptions = {}): CheckedDocument {
  const read = readObject(document.object, options);
  const placed = (issue: Issue): Issue => relax(place(issue, document), options);
  const validation = read.validation.map(placed);
  const issues = [...read.issues.map(placed), ...validation].sort(byPlace);
  return { issues, validation, kind: read.kind, resource: hasErrors(issues) ? undefined : read.resource };
}

/** Here `issues` are those before the validation. */
function readObject(object: unknown, options: CheckOptions): CheckedDocument {
  const nothing = { kind: undefined, resource: undefined, validation: [] };
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    const message = 'a document has to be an object with apiVersion, kind and metadata';
    return { ...nothing, issues: [{ path: '', code: 'wrong-type', severity: 'error', message }] };
  }
  const { apiVersion, kind: kindName, metadata, ...body } = object as Record<string, unknown>;
  const untyped = checkTypeFields({ apiVersion, kind: kindName });
  if (untyped.length > 0) return { ...nothing, issues: untyped };
  const lookup = lookupKind(apiVersion as string, kindName as string);
  if (lookup.found === 'unknown') return { ...nothing, issues: [lookup.issue] };
  if (lookup.found === 'foreign') return { ...nothing, issues: [] };
  if (lookup.found !== 'kind') return { ...nothing, issues: [toComeIssue(kindName as string)] };
  return readBody(lookup.kind, metadata, body, options);
}

function checkTypeFields(fields: Readonly<Record<string, unknown>>): Issue[] {
  return Object.entries(fields).flatMap(([path, value]): Issue[] => {
    if (value === undefined || value === null || value === '') {
      return [{ path, code: 'missing', severity: 'error', message: `\`${path}\` is required` }];
    }
    if (typeof value === 'string') return [];
    return [{ path, code: 'wrong-type', severity: 'error', message: 'must be a string' }];
  });
}

function toComeIssue(kind: string): Issue {
  return {
    path: 'kind',
    code: 'not-yet',
    severity: 'warning',
    message: `${kind} is not supported yet: the document has no effect`,
  };
}

function readBody(kind: ConfigKind, metadata: unknown, body: unknown, options: CheckOptions): CheckedDocument {
  const meta = checkMetadata(metadata, kind);
  const checked = checkSchema(kind.schema, body);
  const issues = [...meta.issues, ...checked.issues];
  const stops = (issue: Issue): boolean =>
    issue.severity === 'error' && issue.code !== 'unknown-field' && issue.code !== 'refused';
  // The kind's own checks read typed values: of a broken document, those parts that are sound.
  if (!checked.sound || meta.issues.some(stops)) return { kind, resource: undefined, issues, validation: [] };
  const namespace = kind.namespaced ? meta.metadata.namespace || (options.namespace ?? 'default') : '';
  const created = Date.parse(meta.metadata.creationTimestamp ?? '');
  const resource: Resource = {
    ref: { kind: kind.kind, namespace, name: meta.metadata.name },
    metadata: meta.metadata,
    createdAtMs: Number.isNaN(created) ? 0 : Math.floor(created / 1000) * 1000,
    body: checked.value,
  };
  const context = { settings: options.settings ?? defaultMeshSettings };
  const validation = (kind.validate?.(resource, context) ?? []).map((issue) => ({
    ...issue,
    path: checked.originalPath(issue.path),
  }));
  if (!checked.issues.some(stops)) return { kind, resource, issues, validation };
  return { kind, resource: undefined, issues, validation: validation.filter(standsAlone) };
}

/** Of one value only, so that it is one whatever else is broken; what relates fields may be about a part that was left out. */
function standsAlone({ severity, code }: Issue): boolean {
  return severity === 'error' && ownCodes.has(code);
}

const ownCodes: ReadonlySet<IssueCode> = new Set([
  'out-of-range',
  'bad-enum',
  'bad-duration',
  'bad-regex',
  'bad-value',
  'duplicate',
]);

/** Problems of a value point at the value, problems of a field at its key. */
const atValue: ReadonlySet<IssueCode> = new Set<IssueCode>([
  'wrong-type',
  'out-of-range',
  'bad-enum',
  'bad-duration',
  'bad-regex',
  'bad-value',
  'dangling',
  'unknown-kind',
]);

/** Adds the place, and to what was taken for a number or a boolean the way to write it as text. */
export function place(issue: Issue, document: ConfigDocument): Issue {
  const { placeOf, sourceOf } = document;
  const { place: inner, ...rest } = issue;
  if (placeOf === undefined) return inner?.file === '' ? rest : issue;
  // A place without a file counts within the text at the path: a MeshConfig in its ConfigMap.
  if (inner?.file === '') return { ...rest, place: placeOf(issue.path, inner) };
  if (inner !== undefined) return issue;
  const placed: Issue = { ...rest, place: placeOf(issue.path, atValue.has(issue.code) ? 'value' : 'key') };
  const source = issue.hint?.startsWith('in quotes: ') === true ? sourceOf?.(issue.path) : undefined;
  return source === undefined ? placed : { ...placed, hint: `in quotes: "${source}"` };
}

function byPlace(a: Issue, b: Issue): number {
  if (a.place === undefined || b.place === undefined) return 0;
  return a.place.line - b.place.line || a.place.column - b.place.column;
}

function relax(issue: Issue, options: CheckOptions): Issue {
  const relaxed = issue.code === 'unknown-field' && options.unknownFields === 'warning';
  return relaxed ? { ...issue, severity: 'warning' } : issue;
}
