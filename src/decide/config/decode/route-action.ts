// Decodes what happens to a request: forward it, redirect it, answer it.
import type { DataSource } from '../../../proto/gen/envoy/config/core/v3/base_pb.ts';
import {
  type DirectResponseAction as DirectMessage,
  DirectResponseActionSchema,
  RedirectAction_RedirectResponseCode as RedirectCode,
  type RedirectAction as RedirectMessage,
  RedirectActionSchema,
  type Route as RouteMessage,
} from '../../../proto/gen/envoy/config/route/v3/route_components_pb.ts';
import type { DirectResponseAction, RedirectAction, RouteAction } from '../route-action.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';
import { forwardAction } from './forward-action.ts';
import { knownFields } from './known-fields.ts';
import { latin1 } from './latin1.ts';
import { regexRewrite } from './string-match.ts';
import { enumName, headerText, inRange } from './value.ts';

const checkRedirect = knownFields(RedirectActionSchema, {
  read: [
    'schemeRewriteSpecifier',
    'hostRedirect',
    'portRedirect',
    'pathRewriteSpecifier',
    'responseCode',
    'stripQuery',
  ],
});
const checkDirect = knownFields(DirectResponseActionSchema, { read: ['status', 'body'] });

const nothing: RouteAction = { kind: 'non-forwarding' };

/** `mostBodyBytes`: how long the body of a direct response may be; 0: as long as it likes. */
export function routeAction({ action }: RouteMessage, at: Cursor, mostBodyBytes: number): RouteAction {
  switch (action.case) {
    case 'route':
      return forwardAction(action.value, under(at, 'route'));
    case 'redirect':
      return redirectAction(action.value, under(at, 'redirect'));
    case 'directResponse':
      return directResponse(action.value, under(at, 'direct_response'), mostBodyBytes);
    case 'nonForwardingAction':
      return nothing;
    case 'filterAction':
      notYet(under(at, 'filter_action'), 'a filter action');
      return nothing;
    case undefined:
      refuse(under(at, 'action'), 'missing', 'value is required');
      return nothing;
  }
}

const statuses = {
  [RedirectCode.MOVED_PERMANENTLY]: 301,
  [RedirectCode.FOUND]: 302,
  [RedirectCode.SEE_OTHER]: 303,
  [RedirectCode.TEMPORARY_REDIRECT]: 307,
  [RedirectCode.PERMANENT_REDIRECT]: 308,
} as const;

function redirectAction(message: RedirectMessage, at: Cursor): RedirectAction {
  checkRedirect(message, at);
  return {
    kind: 'redirect',
    scheme: redirectScheme(message),
    host: headerText(message.hostRedirect, under(at, 'host_redirect')),
    port: message.portRedirect,
    path: redirectPath(message, at),
    status: enumName(statuses, message.responseCode, under(at, 'response_code')),
    stripQuery: message.stripQuery,
  };
}

function redirectScheme({ schemeRewriteSpecifier: by }: RedirectMessage): RedirectAction['scheme'] {
  if (by.case === 'httpsRedirect') return by.value ? { kind: 'https' } : undefined;
  return by.value ? { kind: 'scheme', value: latin1(by.value) } : undefined;
}

function redirectPath({ pathRewriteSpecifier: by }: RedirectMessage, at: Cursor): RedirectAction['path'] {
  switch (by.case) {
    case undefined:
      return undefined;
    case 'pathRedirect':
      return by.value === '' ? undefined : { kind: 'path', value: headerText(by.value, under(at, 'path_redirect')) };
    case 'prefixRewrite':
      return by.value === '' ? undefined : { kind: 'prefix', value: headerText(by.value, under(at, 'prefix_rewrite')) };
    case 'regexRewrite':
      return { kind: 'regex', ...regexRewrite(by.value, under(at, 'regex_rewrite')) };
  }
}

function directResponse(message: DirectMessage, at: Cursor, mostBodyBytes: number): DirectResponseAction {
  checkDirect(message, at);
  const where = under(at, 'body');
  const body = message.body && inlineBytes(message.body, where);
  if (body !== undefined && mostBodyBytes > 0 && body.length > mostBodyBytes) {
    refuse(where, 'out-of-range', `response body size is ${body.length} bytes; maximum is ${mostBodyBytes}`);
  }
  const status = inRange(message.status, 200, 599, under(at, 'status'));
  return { kind: 'direct-response', status, body: body?.length === 0 ? undefined : body };
}

/** Decisions read no files and no environment. */
function inlineBytes({ specifier: by }: DataSource, at: Cursor): Uint8Array | undefined {
  switch (by.case) {
    case 'inlineString':
      return new TextEncoder().encode(by.value);
    case 'inlineBytes':
      return by.value;
    case 'filename':
    case 'environmentVariable':
      notYet(at, 'a body that is not inline');
      return undefined;
    case undefined:
      refuse(under(at, 'specifier'), 'missing', 'value is required');
      return undefined;
  }
}
