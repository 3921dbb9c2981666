// Prints redirect rules as text for `iptables-restore --noflush` (or ip6tables-restore): whole chains, one commit a table.
import type { RedirectRule, RuleMatch, RuleTable, RuleTarget, Wanted } from './redirect-rules.ts';

const builtIn = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);
const tables: readonly RuleTable[] = ['raw', 'nat'];

/**
 * Our chains are declared, which empties them on a second run; built-in chains keep what others put there.
 * A rule's place within its chain is its place in `rules`.
 */
export function printIptables(rules: readonly RedirectRule[]): string {
  return tables
    .map((table) =>
      printTable(
        table,
        rules.filter((rule) => rule.table === table),
      ),
    )
    .join('');
}

function printTable(table: RuleTable, rules: readonly RedirectRule[]): string {
  if (rules.length === 0) return '';
  const lines = [`*${table}`];
  for (const chain of ownChains(rules)) lines.push(`:${chain} - [0:0]`);
  for (const rule of rules) lines.push(printRule(rule));
  lines.push('COMMIT', '');
  return lines.join('\n');
}

/** Chains that are jumped to count too: a jump to a chain that does not exist is an error. */
function ownChains(rules: readonly RedirectRule[]): ReadonlySet<string> {
  const names = rules.flatMap((rule) => (rule.target.kind === 'jump' ? [rule.chain, rule.target.chain] : [rule.chain]));
  return new Set(names.filter((name) => !builtIn.has(name)));
}

function printRule(rule: RedirectRule): string {
  return ['-A', rule.chain, ...printMatch(rule.match), ...printTarget(rule.target)].join(' ');
}

function wanted<T>(option: string, value: Wanted<T> | undefined): string[] {
  if (value === undefined) return [];
  return value.not === true ? ['!', option, String(value.value)] : [option, String(value.value)];
}

function printMatch(match: RuleMatch): string[] {
  const { destinationPorts: ports, owner } = match;
  return [
    ...(match.inInterface === undefined ? [] : ['-i', match.inInterface]),
    ...(match.outInterface === undefined ? [] : ['-o', match.outInterface]),
    ...wanted('-s', match.source),
    ...wanted('-d', match.destination),
    ...(match.protocol === undefined ? [] : ['-p', match.protocol]),
    ...(match.sourcePort === undefined ? [] : ['--sport', String(match.sourcePort)]),
    ...(ports !== undefined && ports.value.length > 1
      ? ['-m', 'multiport', ...wanted('--dports', { ...ports, value: ports.value.join(',') })]
      : wanted('--dport', ports)),
    ...(owner === undefined
      ? []
      : ['-m', 'owner', ...wanted(`--${owner.by}-owner`, { not: owner.not === true, value: owner.id })]),
  ];
}

function printTarget(target: RuleTarget): string[] {
  switch (target.kind) {
    case 'return':
      return ['-j', 'RETURN'];
    case 'jump':
      return ['-j', target.chain];
    case 'redirect':
      return ['-j', 'REDIRECT', '--to-ports', String(target.port)];
    case 'conntrack-zone':
      return ['-j', 'CT', '--zone', String(target.zone)];
  }
}
