// Names of gateways in resources: `mesh`, `name`, `namespace/name`, and the old `name.namespace.svc.cluster.local`.
import { isDnsLabel, checkDomain } from './host-names.ts';
import type { IssueList } from './issue-list.ts';

export function checkGatewayNames(names: readonly string[] | undefined, path: string, list: IssueList): void {
  for (const [index, name] of (names ?? []).entries()) {
    const at = `${path}[${index}]`;
    const slash = name.indexOf('/');
    if (slash < 0) {
      if (name.includes('.')) warnOldName(name, at, list);
      list.add(at, checkDomain(name));
      // Istio looks no further after a name without namespace.
      return;
    }
    const [namespace, gateway] = [name.slice(0, slash), name.slice(slash + 1)];
    if (!isDnsLabel(namespace)) list.error(at, 'bad-value', `\`${namespace}\` is not a namespace`);
    if (!isDnsLabel(gateway)) list.error(at, 'bad-value', `\`${gateway}\` is not a gateway's name`);
  }
}

function warnOldName(name: string, at: string, list: IssueList): void {
  const [gateway = '', namespace = ''] = name.split('.');
  list.warning(at, 'bad-value', `\`${name}\` is the old form`, `better: \`${namespace}/${gateway}\``);
}

/** `mesh` stays; a name without namespace is of this one; the old form is taken apart. */
export function completeGatewayName(name: string, namespace: string): string {
  if (name === 'mesh') return name;
  const slash = name.indexOf('/');
  if (slash >= 0) return name.slice(0, slash) === '.' ? `${namespace}${name.slice(slash)}` : name;
  const [gateway, ownNamespace] = name.split('.');
  return `${ownNamespace ?? namespace}/${gateway}`;
}
