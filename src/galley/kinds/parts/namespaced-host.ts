// `namespace/host` in Gateway and Sidecar.
import { isIP } from 'node:net';
import { checkWildcardDomain, isDnsLabel, isPartialWildcard } from './host-names.ts';
import type { IssueList } from './issue-list.ts';

/** A gateway takes a bare host too, and addresses; a sidecar takes `~` for no namespace. */
export function checkNamespacedHost(
  written: string,
  where: { readonly at: string; readonly gateway: boolean },
  list: IssueList,
): void {
  const slash = written.indexOf('/');
  if (slash < 0) {
    if (where.gateway) checkHostPart(written, where, list);
    else
      list.error(
        where.at,
        'bad-value',
        `\`${written}\` has no namespace`,
        `such as \`./${written}\` or \`*/${written}\``,
      );
    return;
  }
  const [namespace, host] = [written.slice(0, slash), written.slice(slash + 1)];
  const special = where.gateway ? ['*', '.'] : ['*', '.', '~'];
  if (!special.includes(namespace) && !isDnsLabel(namespace)) {
    list.error(where.at, 'bad-value', `\`${namespace}\` is not a namespace`);
  }
  checkHostPart(host, where, list);
}

function checkHostPart(host: string, where: { readonly at: string; readonly gateway: boolean }, list: IssueList): void {
  if (host !== '*' && host !== '' && !host.includes('.')) {
    list.error(where.at, 'bad-value', `\`${host}\` is a short name`, 'the whole host name is needed here');
    return;
  }
  if (where.gateway && isIP(host) !== 0) return;
  const problem = checkWildcardDomain(host);
  list.add(where.at, problem);
  if (problem === undefined && isPartialWildcard(host)) {
    list.error(where.at, 'bad-value', `\`${host}\`: a wildcard stands alone or before a dot`);
  }
}
