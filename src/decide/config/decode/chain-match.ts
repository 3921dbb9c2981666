// Decodes which connections a filter chain is for.
import {
  FilterChainMatch_ConnectionSourceType as SourceType,
  type FilterChainMatch as MatchMessage,
  FilterChainMatchSchema,
} from '../../../proto/gen/envoy/config/listener/v3/listener_components_pb.ts';
import type { FilterChainMatch } from '../listener.ts';
import type { CidrRange } from '../value.ts';
import { cidrRange } from './address.ts';
import type { Cursor } from './cursor.ts';
import { refuse, under } from './cursor.ts';
import { knownFields } from './known-fields.ts';
import { enumName, inRange } from './value.ts';

/** Suffixes of addresses are not implemented in Envoy either. */
const check = knownFields(FilterChainMatchSchema, {
  read: [
    'destinationPort',
    'prefixRanges',
    'directSourcePrefixRanges',
    'sourceType',
    'sourcePrefixRanges',
    'sourcePorts',
    'serverNames',
    'transportProtocol',
    'applicationProtocols',
  ],
});

const sourceTypes = {
  [SourceType.ANY]: 'any',
  [SourceType.SAME_IP_OR_LOOPBACK]: 'same-ip-or-loopback',
  [SourceType.EXTERNAL]: 'external',
} as const;

export const matchesAll: FilterChainMatch = {
  destinationPort: undefined,
  prefixRanges: [],
  serverNames: [],
  transportProtocol: '',
  applicationProtocols: [],
  directSourcePrefixRanges: [],
  sourceType: 'any',
  sourcePrefixRanges: [],
  sourcePorts: [],
};

export function chainMatch(message: MatchMessage | undefined, at: Cursor): FilterChainMatch {
  if (message === undefined) return matchesAll;
  check(message, at);
  const ranges = (list: MatchMessage['prefixRanges'], name: string): CidrRange[] =>
    list.map((range, index) => cidrRange(range, under(under(at, name), index)));
  const port = message.destinationPort;
  const portsAt = under(at, 'source_ports');
  const namesAt = under(at, 'server_names');
  return {
    destinationPort: port === undefined ? undefined : inRange(port, 1, 65_535, under(at, 'destination_port')),
    prefixRanges: ranges(message.prefixRanges, 'prefix_ranges'),
    serverNames: message.serverNames.map((name, index) => serverName(name, under(namesAt, index))),
    transportProtocol: message.transportProtocol,
    applicationProtocols: message.applicationProtocols,
    directSourcePrefixRanges: ranges(message.directSourcePrefixRanges, 'direct_source_prefix_ranges'),
    sourceType: enumName(sourceTypes, message.sourceType, under(at, 'source_type')),
    sourcePrefixRanges: ranges(message.sourcePrefixRanges, 'source_prefix_ranges'),
    sourcePorts: message.sourcePorts.map((each, index) => inRange(each, 1, 65_535, under(portsAt, index))),
  };
}

/** A wildcard stands for whole labels at the start: `*.a.b`. */
function serverName(name: string, at: Cursor): string {
  if (name.includes('*') && !/^\*\.[^*]+$/.test(name)) {
    refuse(at, 'bad-value', 'partial wildcards are not supported in server_names');
  }
  return name.toLowerCase();
}

/** One key for every combination of what a match lists. Matches with a key in common are for some of the same connections. */
export function matchKeys(match: FilterChainMatch): string[] {
  const ranges = (list: readonly CidrRange[]): string[] =>
    list.map(({ bytes, prefixLength }) => `${bytes.join('.')}/${prefixLength}`);
  let keys = [`${match.destinationPort ?? ''} ${match.transportProtocol} ${match.sourceType}`];
  const lists = [
    ranges(match.prefixRanges),
    match.serverNames,
    match.applicationProtocols,
    ranges(match.directSourcePrefixRanges),
    ranges(match.sourcePrefixRanges),
    match.sourcePorts.map(String),
  ];
  for (const list of lists) {
    const values = list.length === 0 ? [''] : list;
    keys = keys.flatMap((key) => values.map((value) => `${key} ${value}`));
  }
  return keys;
}
