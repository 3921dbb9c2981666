// Decodes which requests a route is for.
import {
  RouteMatchSchema,
  type RouteMatch as MatchMessage,
} from '../../../proto/gen/envoy/config/route/v3/route_components_pb.ts';
import type { PathMatch, RouteMatch } from '../route-match.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';
import { knownFields } from './known-fields.ts';
import { latin1 } from './latin1.ts';
import { headerMatches, queryParameterMatches, regexMatch } from './string-match.ts';
import { runtimeFraction } from './value.ts';

const check = knownFields(RouteMatchSchema, {
  read: ['pathSpecifier', 'caseSensitive', 'headers', 'queryParameters', 'grpc', 'runtimeFraction', 'tlsContext'],
});

const anything: RouteMatch = {
  path: { kind: 'prefix', value: '/' },
  caseSensitive: true,
  headers: [],
  queryParameters: [],
  grpc: false,
  fraction: undefined,
  tls: undefined,
};

export function routeMatch(message: MatchMessage | undefined, at: Cursor): RouteMatch {
  if (message === undefined) {
    refuse(at, 'missing', 'value is required');
    return anything;
  }
  check(message, at);
  const tls = message.tlsContext;
  return {
    path: pathMatch(message, at),
    caseSensitive: message.caseSensitive ?? true,
    headers: headerMatches(message.headers, under(at, 'headers')),
    queryParameters: queryParameterMatches(message.queryParameters, under(at, 'query_parameters')),
    grpc: message.grpc !== undefined,
    fraction: runtimeFraction(message.runtimeFraction, under(at, 'runtime_fraction')),
    tls: tls && { presented: tls.presented, validated: tls.validated },
  };
}

function pathMatch({ pathSpecifier: by }: MatchMessage, at: Cursor): PathMatch {
  switch (by.case) {
    case 'prefix':
      return { kind: 'prefix', value: latin1(by.value) };
    case 'path':
      return { kind: 'exact', value: latin1(by.value) };
    case 'safeRegex': {
      const { pattern, regex } = regexMatch(by.value, under(at, 'safe_regex'));
      return { kind: 'regex', pattern, regex };
    }
    case 'pathSeparatedPrefix':
      if (!/^[^?#]+[^?#/]$/.test(by.value)) {
        refuse(under(at, 'path_separated_prefix'), 'bad-value', 'value does not match regex pattern "^[^?#]+[^?#/]$"');
      }
      return { kind: 'path-separated-prefix', value: latin1(by.value) };
    case 'connectMatcher':
      return { kind: 'connect' };
    case 'pathMatchPolicy':
      notYet(under(at, 'path_match_policy'), 'a path template');
      return anything.path;
    case undefined:
      refuse(under(at, 'path_specifier'), 'missing', 'value is required');
      return anything.path;
  }
}
