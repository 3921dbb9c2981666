// Prints one route of a route table: match, action, headers, filters, and where it comes from.
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Redirect } from '../../../model/route-table.ts';
import type { RouteSchema } from '../../../proto/gen/envoy/config/route/v3/route_components_pb.ts';
import { RedirectAction_RedirectResponseCode as RedirectCode } from '../../../proto/gen/envoy/config/route/v3/route_components_pb.ts';
import { configString } from '../istio-metadata.ts';
import { printForward } from './print-forward.ts';
import { printFilters } from './print-filters.ts';
import { authorityOf, joinHeaders, printHeaders } from './print-headers.ts';
import { printMatch } from './print-match.ts';
import type { BodySlice, RuleRoute } from './route-slice.ts';

type Route = MessageInitShape<typeof RouteSchema>;

export function printRule(slice: RuleRoute): Route {
  return {
    name: slice.name,
    match: printMatch(slice.match),
    statPrefix: slice.statPrefix,
    action: printAction(slice),
    decorator: { operation: operationOf(slice) },
    metadata: { filterMetadata: { heddle: { rule: slice.path }, istio: { config: configString(slice.config) } } },
    typedPerFilterConfig: printFilters(slice.cors, slice.fault),
    ...headersOf(slice),
  };
}

function printAction(slice: RuleRoute): NonNullable<Route['action']> {
  const { action } = slice;
  switch (action.kind) {
    case 'forward':
      return { case: 'route', value: printForward(action, authorityOf(slice.headers)) };
    case 'redirect':
      return { case: 'redirect', value: printRedirect(action.redirect, slice) };
    case 'direct':
      return {
        case: 'directResponse',
        value: { status: action.status, ...(action.body !== undefined && { body: dataSource(action.body) }) },
      };
  }
}

type DataSource = { specifier: { case: 'inlineString'; value: string } | { case: 'inlineBytes'; value: Uint8Array } };

function dataSource(body: BodySlice): DataSource {
  return 'text' in body
    ? { specifier: { case: 'inlineString', value: body.text } }
    : { specifier: { case: 'inlineBytes', value: Buffer.from(body.base64, 'base64') } };
}

/** A lone destination's headers are the route's, after the rule's own; several destinations carry their own. */
function headersOf({ action, headers }: RuleRoute): ReturnType<typeof printHeaders> {
  const own = printHeaders(headers);
  const [only, ...others] = action.kind === 'forward' ? action.targets : [];
  return others.length === 0 ? joinHeaders(own, printHeaders(only?.headers)) : own;
}

const redirectCodes: Readonly<Record<number, RedirectCode>> = {
  301: RedirectCode.MOVED_PERMANENTLY,
  302: RedirectCode.FOUND,
  303: RedirectCode.SEE_OTHER,
  307: RedirectCode.TEMPORARY_REDIRECT,
  308: RedirectCode.PERMANENT_REDIRECT,
};

function printRedirect(
  redirect: Redirect,
  slice: RuleRoute,
): Extract<NonNullable<Route['action']>, { case: 'redirect' }>['value'] {
  return {
    hostRedirect: redirect.authority,
    portRedirect: redirectPort(redirect, slice),
    responseCode: redirectCodes[redirect.code] ?? RedirectCode.MOVED_PERMANENTLY,
    ...(redirect.uri !== '' && { pathRewriteSpecifier: { case: 'pathRedirect', value: redirect.uri } }),
    ...(redirect.scheme !== '' && { schemeRewriteSpecifier: { case: 'schemeRedirect', value: redirect.scheme } }),
  };
}

/** 0 leaves the port out. So does a scheme's own port: nobody writes `http://host:80`. */
function redirectPort({ port, scheme }: Redirect, slice: RuleRoute): number {
  if (port === undefined || port.kind === 'from-protocol-default') return 0;
  const number = port.kind === 'number' ? port.value : slice.port;
  const effective = scheme || (slice.tls ? 'https' : 'http');
  return (number === 80 && effective === 'http') || (number === 443 && effective === 'https') ? 0 : number;
}

/** Name of the operation in a trace: the destination if there is one, else the configuration. */
function operationOf({ match, action, config, port }: RuleRoute): string {
  const uri = match?.uri;
  const path = uri === undefined ? '/*' : uri.kind === 'prefix' ? `${uri.value}*` : uri.value;
  const [only, ...others] = action.kind === 'forward' ? action.targets : [];
  const [, clusterPort, , host] = only?.cluster.split('|') ?? [];
  if (host !== undefined && others.length === 0) return `${host}:${clusterPort}${path}`;
  return `${config.name}:${port}${path}`;
}
