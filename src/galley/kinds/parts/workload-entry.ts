// The webhook's rules on workloads outside of Kubernetes, and what they lower to.
import { isIP } from 'node:net';
import { childPath } from '../../../lib/field-path.ts';
import type { Locality } from '../../../model/service.ts';
import { checkPort, checkUnixPath, unixPrefix } from './addresses.ts';
import { checkDomain, isDnsLabel } from './host-names.ts';
import type { IssueList } from './issue-list.ts';
import { checkLabels } from './labels.ts';
import type { WorkloadEntryBody } from './workload-entry-schema.ts';

export interface EntryRules {
  readonly path: string;
  /** Names of the ports of its ServiceEntry; undefined for a WorkloadEntry by itself. */
  readonly servicePorts: ReadonlySet<string> | undefined;
  readonly hostNames: boolean;
}

export function checkWorkloadEntry(entry: WorkloadEntryBody, rules: EntryRules, list: IssueList): void {
  const { address = '', network = '' } = entry;
  const { path, servicePorts } = rules;
  if (address === '' && network === '') {
    list.error(`${path}.address`, 'missing', 'an address is needed');
    return;
  }
  if (address === '')
    list.warning(path, 'missing', `without an address it is reached through network \`${network}\` only`);
  if (address.startsWith(unixPrefix)) {
    list.add(`${path}.address`, checkUnixPath(address.slice(unixPrefix.length)));
    if (Object.keys(entry.ports ?? {}).length > 0)
      list.error(`${path}.ports`, 'crossing', 'a Unix socket has no ports');
    if (servicePorts !== undefined && servicePorts.size !== 1) {
      list.error(
        `${path}.address`,
        'crossing',
        'a Unix socket serves exactly one service port',
        `there are ${servicePorts.size}`,
      );
    }
  } else if (address !== '') checkAddress(address, rules, list);
  checkEndpointPorts(entry, rules, list);
  checkLabels(entry.labels, `${path}.labels`, list);
}

function checkAddress(address: string, { path, hostNames }: EntryRules, list: IssueList): void {
  if (isIP(address) !== 0) return;
  const problem = hostNames ? checkDomain(address) : undefined;
  if (hostNames && problem === undefined) return;
  const what = hostNames ? 'neither an IP address nor a host name' : 'not an IP address';
  const hint = hostNames ? undefined : 'host names need `resolution: DNS`';
  list.error(`${path}.address`, 'bad-value', `\`${address}\` is ${what}`, hint);
}

export function checkEndpointPorts(
  entry: WorkloadEntryBody,
  { path, servicePorts }: EntryRules,
  list: IssueList,
): void {
  for (const [name, port] of Object.entries(entry.ports ?? {})) {
    const at = childPath(`${path}.ports`, name);
    if (servicePorts !== undefined && !servicePorts.has(name)) {
      list.error(
        at,
        'dangling',
        `no port of the service is named \`${name}\``,
        `there are ${[...servicePorts].join(', ')}`,
      );
    }
    if (!isDnsLabel(name)) list.error(at, 'bad-value', `\`${name}\` is not a port name`);
    list.add(at, checkPort(port));
  }
}

/** `region/zone/subzone` */
export function lowerLocality(locality: string | undefined): Locality {
  const [region = '', zone = '', ...rest] = (locality ?? '').split('/');
  return { region, zone, subZone: rest.join('/') };
}
