// The webhook's rules on locality load balancing.
import { childPath } from '../../../lib/field-path.ts';
import type { IssueList, Problem } from './issue-list.ts';

export interface LocalityBody {
  readonly distribute?: readonly { readonly from?: string; readonly to?: Readonly<Record<string, number>> }[];
  readonly failover?: readonly { readonly from?: string; readonly to?: string }[];
  readonly failoverPriority?: readonly string[];
}

const topologyLabels: ReadonlySet<string> = new Set([
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'topology.istio.io/subzone',
]);

export function checkLocality(
  setting: LocalityBody | undefined,
  hasOutlierDetection: boolean,
  path: string,
  list: IssueList,
): void {
  if (setting === undefined) return;
  const { distribute = [], failover = [], failoverPriority = [] } = setting;
  if (distribute.length > 0 && failover.length > 0) {
    list.error(path, 'crossing', 'only one of `distribute` and `failover` may be set');
    return;
  }
  const label = failoverPriority.find((each) => topologyLabels.has(each));
  if (failover.length > 0 && label !== undefined) {
    list.error(`${path}.failoverPriority`, 'crossing', `\`${label}\` excludes \`failover\``);
    return;
  }
  checkDistribute(distribute, `${path}.distribute`, list);
  if (failover.length + failoverPriority.length > 0 && !hasOutlierDetection) {
    list.warning(path, 'crossing', 'failover needs `outlierDetection`, or nothing fails over');
  }
  for (const [index, { from = '', to = '' }] of failover.entries()) {
    const at = `${path}.failover[${index}]`;
    if (from === to) list.error(at, 'crossing', `fails over from \`${from}\` to itself`);
    if (/[/*]/.test(from + to)) list.error(at, 'bad-value', 'failover names regions only, without `/` and `*`');
  }
}

function checkDistribute(distribute: NonNullable<LocalityBody['distribute']>, path: string, list: IssueList): void {
  for (const [index, { to = {} }] of distribute.entries()) {
    const at = `${path}[${index}].to`;
    let total = 0;
    for (const [locality, weight] of Object.entries(to)) {
      if (weight < 1 || weight > 100) {
        list.error(childPath(at, locality), 'out-of-range', `${weight} is out of range`, '1 to 100');
      }
      total += weight;
    }
    if (total !== 100) list.error(at, 'crossing', `the weights add up to ${total}`, 'they have to add up to 100');
    list.add(at, checkOverlap(Object.keys(to)));
  }
  list.add(path, checkOverlap(distribute.map((each) => each.from ?? '')));
}

/** `us/west` and `us/west/a`, or `us/*` and `us`, mean the same places in part. */
function checkOverlap(localities: readonly string[]): Problem {
  const seen: string[][] = [];
  for (const locality of localities) {
    if (/\*./.test(locality)) {
      return { code: 'bad-value', message: `\`${locality}\`: a wildcard may only stand at the end` };
    }
    const parts = splitLocality(locality);
    if (parts.includes('')) {
      return { code: 'bad-value', message: `\`${locality}\` has an empty part`, hint: 'region/zone/subzone' };
    }
    const wide = trimWildcard(parts);
    const other = seen.find((each) => isPrefix(each, wide));
    if (other !== undefined) {
      return { code: 'duplicate', message: `\`${locality}\` overlaps with \`${other.join('/') || '*'}\`` };
    }
    seen.push(wide);
  }
  return undefined;
}

function splitLocality(locality: string): string[] {
  const [region = '', zone, ...rest] = locality.split('/');
  if (zone === undefined) return [region];
  return rest.length === 0 ? [region, zone] : [region, zone, rest.join('/')];
}

function trimWildcard(parts: readonly string[]): string[] {
  return parts.at(-1) === '*' ? parts.slice(0, -1) : [...parts];
}

function isPrefix(prefix: readonly string[], parts: readonly string[]): boolean {
  return prefix.every((part, index) => part === parts[index]);
}
