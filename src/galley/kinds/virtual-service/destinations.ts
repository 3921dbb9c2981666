// The webhook's rules on destinations and their weights.
import { checkPort } from '../parts/addresses.ts';
import { checkHeaders, type HeadersBody } from '../parts/headers.ts';
import { checkWildcardDomain, isDnsLabel } from '../parts/host-names.ts';
import type { IssueList } from '../parts/issue-list.ts';
import type { DestinationBody } from './schema.ts';

export interface WeightedBody {
  readonly destination: DestinationBody;
  readonly weight?: number;
  readonly headers?: HeadersBody;
}

export function checkDestinations(route: readonly WeightedBody[] | undefined, path: string, list: IssueList): void {
  let total = 0;
  for (const [index, { destination, weight = 0, headers }] of (route ?? []).entries()) {
    const at = `${path}[${index}]`;
    checkHeaders(headers, `${at}.headers`, list);
    checkDestination(destination, `${at}.destination`, list);
    if (weight < 0) list.error(`${at}.weight`, 'out-of-range', `${weight} is out of range`, 'at least 0');
    total += weight;
  }
  if ((route ?? []).length > 1 && total === 0) {
    list.error(
      path,
      'crossing',
      'no destination has a weight',
      'with several destinations, `weight` says who gets what',
    );
  }
}

export function checkDestination(destination: DestinationBody | undefined, path: string, list: IssueList): void {
  if (destination === undefined) return;
  if (destination.host === '*') list.error(`${path}.host`, 'bad-value', '`*` is no destination');
  else list.add(`${path}.host`, checkWildcardDomain(destination.host));
  const { subset = '', port } = destination;
  if (subset !== '' && !isDnsLabel(subset)) {
    list.error(`${path}.subset`, 'bad-value', `\`${subset}\` is not a subset name`, 'letters, digits and dashes');
  }
  if (port !== undefined) list.add(`${path}.port.number`, checkPort(port.number ?? 0));
}

/** 0 is as good as left out. */
export function checkMatchPort(port: number | undefined, path: string, list: IssueList): void {
  if (port !== undefined && port !== 0) list.add(`${path}.port`, checkPort(port));
}
