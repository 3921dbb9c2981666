// What decides whether an object may enter the API: verdicts of an injected check, turned into Kubernetes' refusals and warnings.
import { splitPath } from '../../lib/field-path.ts';
import type { Issue, IssueCode } from '../../lib/issue.ts';
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { ApiError, badRequest, invalid, type StatusCause } from './api-error.ts';
import type { ResourceDefinition } from './resource-definitions.ts';

export interface AdmissionVerdict {
  /** What the kind's schema refuses: 422 with causes. */
  readonly schema: readonly Issue[];
  /** What the kind's validation refuses: the text of Istio's webhook. */
  readonly denied: readonly Issue[];
  /** Fields that the schema does not have: dropped, or refused where the client is strict. */
  readonly unknown: readonly Issue[];
  readonly warnings: readonly Issue[];
}

/** The injected check, so that this folder knows no kind. An object of a kind without one gets `admitted`. */
export type CheckObject = (object: KubernetesObject) => AdmissionVerdict;

export const admitted: AdmissionVerdict = { schema: [], denied: [], unknown: [], warnings: [] };

export interface WriteOptions {
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  readonly dryRun?: boolean;
  readonly onWarning?: (text: string) => void;
}

/** Applies a verdict to the (still unshared) object: throws the refusal, drops unknown fields, hands out warnings. */
export function enforceVerdict(
  verdict: AdmissionVerdict,
  object: KubernetesObject,
  definition: ResourceDefinition,
  options: WriteOptions,
): void {
  const { fieldValidation = 'Warn', onWarning = () => {} } = options;
  if (verdict.unknown.length > 0 && fieldValidation === 'Strict') {
    const fields = verdict.unknown.map((issue) => `unknown field "${issue.path}"`).join(', ');
    throw badRequest(
      `${definition.kind} in version "${object.apiVersion}" cannot be handled: strict decoding error: ${fields}`,
    );
  }
  for (const issue of verdict.unknown) {
    removeAtPath(object, issue.path);
    if (fieldValidation === 'Warn') onWarning(`unknown field "${issue.path}"${hintOf(issue)}`);
  }
  if (verdict.schema.length > 0) throw invalid(definition, object.metadata.name, verdict.schema.map(causeOf));
  if (verdict.denied.length > 0) throw denial(verdict.denied);
  for (const issue of verdict.warnings) {
    onWarning(`${issue.path === '' ? '' : `${issue.path}: `}${issue.message}${hintOf(issue)}`);
  }
}

function hintOf(issue: Issue): string {
  return issue.hint === undefined ? '' : ` (${issue.hint})`;
}

const causeReasons: Partial<Record<IssueCode, string>> = {
  missing: 'FieldValueRequired',
  'bad-enum': 'FieldValueNotSupported',
  'wrong-type': 'FieldValueTypeInvalid',
  duplicate: 'FieldValueDuplicate',
};

function causeOf(issue: Issue): StatusCause {
  return {
    reason: causeReasons[issue.code] ?? 'FieldValueInvalid',
    message: issue.message + hintOf(issue),
    field: issue.path,
  };
}

/** The causes are ours: a webhook cannot send them, but clients ignore what they do not know and our CLI finds the place. */
function denial(issues: readonly Issue[]): ApiError {
  const [first] = issues;
  const text =
    issues.length === 1
      ? first?.message
      : `${issues.length} errors occurred:\n${issues.map((issue) => `\t* ${issue.message}\n`).join('')}\n`;
  return new ApiError(400, 'BadRequest', `admission webhook "validation.istio.io" denied the request: ${text}`, {
    causes: issues.map(causeOf),
  });
}

function removeAtPath(object: KubernetesObject, path: string): void {
  const keys = splitPath(path);
  const last = keys.pop();
  let target: unknown = object;
  for (const key of keys) target = typeof target === 'object' && target !== null ? Reflect.get(target, key) : undefined;
  if (last !== undefined && typeof target === 'object' && target !== null) Reflect.deleteProperty(target, last);
}
