// Rules that can never be reached, because an earlier one takes everything that they would match: warnings, as Istio's analyzer gives.
import type { IssueList } from '../parts/issue-list.ts';
import type { VirtualServiceSpec } from './schema.ts';

interface RuleBody {
  readonly match?: readonly object[];
}

export function checkReach(spec: VirtualServiceSpec, list: IssueList): void {
  checkRules(spec.http ?? [], 'spec.http', list);
  checkRules(spec.tcp ?? [], 'spec.tcp', list);
  checkRules(spec.tls ?? [], 'spec.tls', list);
}

function checkRules(rules: readonly RuleBody[], path: string, list: IssueList): void {
  let catchAll: string | undefined;
  const seen = new Map<string, string>();
  for (const [index, rule] of rules.entries()) {
    const at = `${path}[${index}]`;
    if (catchAll !== undefined) {
      list.warning(at, 'duplicate', `is never reached: ${catchAll} has no match and takes everything`);
      continue;
    }
    if ((rule.match ?? []).length === 0) catchAll = at;
    for (const [each, match] of (rule.match ?? []).entries()) {
      const key = canonical({ ...match, name: undefined });
      const first = seen.get(key);
      if (first === undefined) seen.set(key, `${at}.match[${each}]`);
      else list.warning(`${at}.match[${each}]`, 'duplicate', `is never reached: ${first} matches the same`);
    }
  }
}

/** JSON with sorted keys, so that equal matches read equal. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
