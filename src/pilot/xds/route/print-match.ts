// Prints what a route matches: path, headers (method, authority and scheme are headers to Envoy) and query parameters.
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { StringMatch, ValueMatch } from '../../../model/route-table.ts';
import type {
  HeaderMatcherSchema,
  QueryParameterMatcherSchema,
  RouteMatchSchema,
} from '../../../proto/gen/envoy/config/route/v3/route_components_pb.ts';
import type { StringMatcherSchema } from '../../../proto/gen/envoy/type/matcher/v3/string_pb.ts';
import type { RouteMatchSlice } from './route-slice.ts';

type RouteMatch = MessageInitShape<typeof RouteMatchSchema>;
type HeaderMatcher = MessageInitShape<typeof HeaderMatcherSchema>;

export function printMatch(match: RouteMatchSlice | undefined): RouteMatch {
  if (match === undefined) return { pathSpecifier: { case: 'prefix', value: '/' } };
  const headers = [
    ...match.headers.map((entry) => headerMatcher(entry.name, entry.match)),
    ...match.withoutHeaders.map((entry) => invert(headerMatcher(entry.name, entry.match))),
  ].sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
  const pseudo = [
    ['method', match.method],
    ['authority', match.authority],
    ['scheme', match.scheme],
  ] as const;
  for (const [name, value] of pseudo) if (value !== undefined) headers.push(headerMatcher(`:${name}`, value));
  return {
    pathSpecifier: pathSpecifier(match.uri),
    caseSensitive: !match.ignoreUriCase,
    headers,
    queryParameters: match.queryParams.map((entry) => queryMatcher(entry.name, entry.match)),
  };
}

export function printStringMatch(match: StringMatch): MessageInitShape<typeof StringMatcherSchema> {
  if (match.kind === 'regex') return { matchPattern: { case: 'safeRegex', value: { regex: match.value } } };
  return { matchPattern: { case: match.kind, value: match.value } };
}

function pathSpecifier(uri: StringMatch | undefined): NonNullable<RouteMatch['pathSpecifier']> {
  switch (uri?.kind) {
    case undefined:
      return { case: 'prefix', value: '/' };
    case 'exact':
      return { case: 'path', value: uri.value };
    case 'prefix':
      return { case: 'prefix', value: uri.value };
    case 'regex':
      return { case: 'safeRegex', value: { regex: uri.value } };
  }
}

/** `*` is no regular expression: it has always meant that the header is there. */
function isPresence(match: ValueMatch): match is Extract<ValueMatch, { kind: 'present' | 'regex' }> {
  return match.kind === 'present' || (match.kind === 'regex' && match.value === '*');
}

function headerMatcher(name: string, match: ValueMatch): HeaderMatcher {
  if (isPresence(match)) return { name, headerMatchSpecifier: { case: 'presentMatch', value: true } };
  return { name, headerMatchSpecifier: { case: 'stringMatch', value: printStringMatch(match) } };
}

/** A header that is absent counts as empty, so that a request without it is one "without that value". */
function invert(matcher: HeaderMatcher): HeaderMatcher {
  const treatMissingHeaderAsEmpty = matcher.headerMatchSpecifier?.case !== 'presentMatch';
  return { ...matcher, invertMatch: true, treatMissingHeaderAsEmpty };
}

function queryMatcher(name: string, match: ValueMatch): MessageInitShape<typeof QueryParameterMatcherSchema> {
  if (isPresence(match)) return { name, queryParameterMatchSpecifier: { case: 'presentMatch', value: true } };
  return { name, queryParameterMatchSpecifier: { case: 'stringMatch', value: printStringMatch(match) } };
}
