// Label and field selectors: the text forms of list and watch, and the structured form of specs.
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { labelsInclude } from '../../lib/labels.ts';
import { badRequest } from './api-error.ts';

type Labels = Readonly<Record<string, string>>;

export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

/** A selector that is absent matches nothing; an empty one everything. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels = {}): boolean {
  if (selector === undefined) return false;
  if (!labelsInclude(labels, selector.matchLabels ?? {})) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labelOf(labels, key);
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        return false;
    }
  });
}

/** Own labels only: every object inherits a `constructor`. */
function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

export type ObjectFilter = (object: KubernetesObject) => boolean;

const setBased = /^([^\s,()!=]+)\s+(in|notin)\s*\(([^()]*)\)$/;
const equality = /^([^\s,()!=]+)\s*(==|=|!=)\s*([^\s,()!=]*)$/;
const presence = /^(!?)\s*([^\s,()!=]+)$/;

/** `app=web,tier!=db,env in (a, b),!canary`; throws a 400 for anything else. */
export function parseLabelSelector(text: string): ObjectFilter {
  const requirements = splitOutsideParentheses(text).map(labelRequirement);
  return (object) => requirements.every((holds) => holds(object.metadata.labels ?? {}));
}

function labelRequirement(text: string): (labels: Labels) => boolean {
  const set = setBased.exec(text);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return (labels) => {
      const value = labelOf(labels, key);
      return operator === 'in' ? value !== undefined && values.includes(value) : !values.includes(value ?? '\0');
    };
  }
  const equal = equality.exec(text);
  if (equal !== null) {
    const [, key = '', operator, value = ''] = equal;
    return operator === '!=' ? (labels) => labelOf(labels, key) !== value : (labels) => labelOf(labels, key) === value;
  }
  const present = presence.exec(text);
  if (present === null) throw badRequest(`unable to parse requirement: ${JSON.stringify(text)}`);
  const [, not, key = ''] = present;
  return (labels) => (labelOf(labels, key) !== undefined) === (not === '');
}

function splitOutsideParentheses(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

const fieldPaths = new Set([
  'metadata.name',
  'metadata.namespace',
  'status.phase',
  'status.podIP',
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.serviceAccountName',
  'type',
  'reason',
  'involvedObject.kind',
  'involvedObject.name',
  'involvedObject.namespace',
  'involvedObject.uid',
]);

/** `metadata.name=a,status.phase!=Running`; throws a 400 for a field that cannot be selected by. */
export function parseFieldSelector(text: string): ObjectFilter {
  const requirements = splitOutsideParentheses(text).map((part) => {
    const match = /^([A-Za-z.]+)(==|=|!=)(.*)$/.exec(part);
    if (match === null) throw badRequest(`invalid field selector: ${JSON.stringify(part)}`);
    const [, path = '', operator, value = ''] = match;
    if (!fieldPaths.has(path)) throw badRequest(`field label not supported: ${path}`);
    return { keys: path.split('.'), wanted: operator !== '!=', value };
  });
  return (object) => requirements.every(({ keys, wanted, value }) => (textAt(object, keys) === value) === wanted);
}

function textAt(object: unknown, keys: readonly string[]): string {
  let value: unknown = object;
  for (const key of keys) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  }
  return typeof value === 'string' ? value : '';
}
