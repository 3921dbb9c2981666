// Delegation: a root rule's `delegate` is replaced by the delegate's rules, each narrowed by the root rule's matches.
import type { HttpMatch, HttpRule, RouteTable, StringMatch, ValueMatch } from '../../model/route-table.ts';
import { isVisibleTo } from './visibility.ts';

/**
 * The tables that can be routed to, delegates merged into their roots. As in Istio, tables without delegation come first, so
 * that among tables for one host the oldest of those wins over any root.
 */
export function mergeDelegates(tables: readonly RouteTable[]): RouteTable[] {
  const delegates = new Map<string, RouteTable>();
  for (const table of tables) if (table.hosts.length === 0) delegates.set(`${table.namespace}/${table.name}`, table);
  const plain: RouteTable[] = [];
  const roots: RouteTable[] = [];
  for (const table of tables) {
    if (table.hosts.length === 0) continue;
    if (table.http.some((rule) => rule.action.kind === 'delegate')) roots.push(mergeRoot(table, delegates));
    else plain.push(table);
  }
  return [...plain, ...roots];
}

function mergeRoot(root: RouteTable, delegates: ReadonlyMap<string, RouteTable>): RouteTable {
  const http = root.http.flatMap((rule) => {
    if (rule.action.kind !== 'delegate') return [rule];
    const delegate = delegates.get(`${rule.action.namespace}/${rule.action.name}`);
    if (delegate === undefined || !isVisibleTo(delegate, root.namespace)) return [];
    return delegate.http.flatMap((sub) => mergeRule(rule, sub) ?? []);
  });
  return { ...root, http };
}

/** undefined when the delegate's matches are not within the root's. What the delegate sets replaces the root's, as a whole. */
function mergeRule(root: HttpRule, sub: HttpRule): HttpRule | undefined {
  // A delegate's own delegates are not followed.
  if (sub.action.kind === 'delegate') return undefined;
  const matches = mergeMatches(root.matches, sub.matches);
  if (matches === undefined) return undefined;
  return {
    ...sub,
    name: joinNames(root.name, sub.name),
    matches,
    rewrite: sub.rewrite ?? root.rewrite,
    timeoutMs: sub.timeoutMs ?? root.timeoutMs,
    retries: sub.retries ?? root.retries,
    fault: sub.fault ?? root.fault,
    mirrors: sub.mirrors.length > 0 ? sub.mirrors : root.mirrors,
    cors: sub.cors ?? root.cors,
    headers: sub.headers ?? root.headers,
  };
}

function joinNames(root: string, sub: string): string {
  if (root === '' || sub === '') return root + sub;
  return `${root}-${sub}`;
}

function mergeMatches(root: readonly HttpMatch[], sub: readonly HttpMatch[]): readonly HttpMatch[] | undefined {
  if (root.length === 0) return sub;
  if (sub.length === 0) return root;
  const merged: HttpMatch[] = [];
  for (const subMatch of sub) {
    const fitting = root.filter((rootMatch) => !conflicts(rootMatch, subMatch));
    if (fitting.length === 0) return undefined;
    merged.push(...fitting.map((rootMatch) => mergeMatch(rootMatch, subMatch)));
  }
  return merged;
}

type NamedMatches = HttpMatch['headers'];

function mergeMatch(root: HttpMatch, sub: HttpMatch): HttpMatch {
  return {
    ...sub,
    name: joinNames(root.name, sub.name),
    uri: sub.uri ?? root.uri,
    scheme: sub.scheme ?? root.scheme,
    method: sub.method ?? root.method,
    authority: sub.authority ?? root.authority,
    headers: mergeNamed(root.headers, sub.headers),
    withoutHeaders: mergeNamed(root.withoutHeaders, sub.withoutHeaders),
    queryParams: mergeNamed(root.queryParams, sub.queryParams),
    port: sub.port ?? root.port,
    // A delegate has none of its own: the root's hold.
    sourceLabels: Object.keys(sub.sourceLabels).length > 0 ? sub.sourceLabels : root.sourceLabels,
    sourceNamespace: sub.sourceNamespace || root.sourceNamespace,
    gateways: sub.gateways.length > 0 ? sub.gateways : root.gateways,
    statPrefix: sub.statPrefix || root.statPrefix,
  };
}

function mergeNamed(root: NamedMatches, sub: NamedMatches): NamedMatches {
  const byName = new Map(root.map((entry) => [entry.name, entry]));
  for (const entry of sub) byName.set(entry.name, entry);
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function conflicts(root: HttpMatch, sub: HttpMatch): boolean {
  return (
    valueConflicts(root.uri, sub.uri) ||
    valueConflicts(root.scheme, sub.scheme) ||
    valueConflicts(root.method, sub.method) ||
    valueConflicts(root.authority, sub.authority) ||
    namedConflict(root.headers, sub.headers) ||
    // Istio compares the delegate's withoutHeaders with the root's headers.
    namedConflict(root.headers, sub.withoutHeaders) ||
    namedConflict(root.queryParams, sub.queryParams) ||
    root.ignoreUriCase !== sub.ignoreUriCase ||
    (root.port !== undefined && sub.port !== undefined && root.port !== sub.port)
  );
}

function namedConflict(root: NamedMatches, sub: NamedMatches): boolean {
  return sub.some((entry) => {
    const rootEntry = root.find((candidate) => candidate.name === entry.name);
    return valueConflicts(rootEntry?.match, entry.match);
  });
}

/** True unless `sub` is within `root`. Regular expressions cannot be compared, so two sides with one always conflict. */
function valueConflicts(
  root: StringMatch | ValueMatch | undefined,
  sub: StringMatch | ValueMatch | undefined,
): boolean {
  if (root === undefined || sub === undefined) return false;
  if (root.kind === 'regex' || sub.kind === 'regex') return true;
  if (root.kind === 'exact') return sub.kind !== 'exact' || sub.value !== root.value;
  if (root.kind === 'prefix') return sub.kind === 'present' || !sub.value.startsWith(root.value);
  return true;
}
