// The webhook's rules on one HTTP rule of a VirtualService. Source: Istio's pkg/config/validation.
import { childPath } from '../../../lib/field-path.ts';
import { checkPort } from '../parts/addresses.ts';
import { checkDuration } from '../parts/durations.ts';
import { checkGatewayNames } from '../parts/gateway-names.ts';
import { checkHeaderName, checkHeaders, isAuthority, isClaimRoute } from '../parts/headers.ts';
import { isDnsLabel } from '../parts/host-names.ts';
import type { IssueList } from '../parts/issue-list.ts';
import { checkLabels } from '../parts/labels.ts';
import { checkRegex, checkStringMatch } from '../parts/string-match.ts';
import { checkDestination, checkDestinations, checkMatchPort } from './destinations.ts';
import type { HttpMatchBody, HttpRuleBody } from './schema.ts';
import { checkCors, checkDirectResponse, checkFault, checkMirrors, checkRetries } from './validate-http-parts.ts';

export function checkHttpRule(rule: HttpRuleBody, path: string, delegate: boolean, list: IssueList): void {
  checkActions(rule, path, delegate, list);
  for (const [index, match] of (rule.match ?? []).entries()) checkMatch(match, `${path}.match[${index}]`, list);
  checkHeaders(rule.headers, `${path}.headers`, list);
  checkCors(rule.corsPolicy, `${path}.corsPolicy`, list);
  checkFault(rule.fault, `${path}.fault`, list);
  checkMirrors(rule, path, list);
  checkDestination(rule.mirror, `${path}.mirror`, list);
  checkRedirect(rule.redirect, `${path}.redirect`, list);
  checkDirectResponse(rule.directResponse, `${path}.directResponse`, list);
  checkRetries(rule.retries, `${path}.retries`, list);
  checkRewrite(rule.rewrite, `${path}.rewrite`, list);
  warnHalfRewrite(rule, `${path}.rewrite.uri`, list);
  checkAuthority(rule, path, list);
  checkDestinations(rule.route, `${path}.route`, list);
  list.add(`${path}.timeout`, checkDuration(rule.timeout));
}

/** A rule does one thing: route, redirect, answer itself, or (in a root) delegate. */
function checkActions(rule: HttpRuleBody, path: string, delegate: boolean, list: IssueList): void {
  const routed = (rule.route ?? []).length > 0;
  if (rule.delegate !== undefined && !delegate) {
    if (rule.redirect !== undefined) list.error(`${path}.redirect`, 'crossing', '`delegate` excludes `redirect`');
    if (routed) list.error(`${path}.route`, 'crossing', '`delegate` excludes `route`');
    return;
  }
  if (rule.delegate !== undefined) list.error(`${path}.delegate`, 'crossing', 'a delegate cannot delegate');
  const action =
    rule.redirect !== undefined ? 'redirect' : rule.directResponse !== undefined ? 'directResponse' : undefined;
  if (action === undefined) {
    if (!routed) list.error(path, 'missing', 'one of `route`, `redirect` and `directResponse` is needed');
  } else {
    const others = { route: routed, fault: rule.fault !== undefined, rewrite: rule.rewrite !== undefined };
    for (const [field, set] of Object.entries(others)) {
      if (set) list.error(`${path}.${field}`, 'crossing', `\`${action}\` excludes \`${field}\``);
    }
    if (action === 'redirect' && rule.directResponse !== undefined) {
      list.error(`${path}.directResponse`, 'crossing', '`redirect` excludes `directResponse`');
    }
  }
  if (rule.mirror !== undefined && (rule.mirrors ?? []).length > 0) {
    list.error(`${path}.mirrors`, 'crossing', '`mirror` excludes `mirrors`');
  }
}

function checkMatch(match: HttpMatchBody, path: string, list: IssueList): void {
  for (const [name, value] of Object.entries(match.headers ?? {})) {
    const at = childPath(`${path}.headers`, name);
    checkMatchedName(name, at, list);
    checkStringMatch(value, at, list);
  }
  for (const [name, value] of Object.entries(match.withoutHeaders ?? {})) {
    const at = childPath(`${path}.withoutHeaders`, name);
    checkMatchedName(name, at, list);
    // Here alone `*` passes: it asks for the header's absence.
    if (value.regex !== '*') checkStringMatch(value, at, list);
  }
  checkStringMatch(match.uri, `${path}.uri`, list, { emptyPrefix: true });
  checkStringMatch(match.scheme, `${path}.scheme`, list);
  checkStringMatch(match.method, `${path}.method`, list);
  checkStringMatch(match.authority, `${path}.authority`, list);
  for (const [name, value] of Object.entries(match.queryParams ?? {})) {
    checkStringMatch(value, childPath(`${path}.queryParams`, name), list);
  }
  checkMatchPort(match.port, path, list);
  checkLabels(match.sourceLabels, `${path}.sourceLabels`, list);
  checkGatewayNames(match.gateways, `${path}.gateways`, list);
  const namespace = match.sourceNamespace ?? '';
  if (namespace !== '' && !isDnsLabel(namespace)) {
    list.error(`${path}.sourceNamespace`, 'bad-value', `\`${namespace}\` is not a namespace`);
  }
}

function checkMatchedName(name: string, at: string, list: IssueList): void {
  if (!isClaimRoute(name)) list.add(at, checkHeaderName(name));
  else list.warning(at, 'not-yet', 'routing by claims is not supported yet: no request has such a header');
}

function checkRedirect(redirect: HttpRuleBody['redirect'], path: string, list: IssueList): void {
  if (redirect === undefined) return;
  const { uri = '', authority = '', scheme = '', port, derivePort, redirectCode = 0 } = redirect;
  if (uri === '' && authority === '' && scheme === '' && port === undefined && derivePort === undefined) {
    list.error(path, 'missing', 'one of `uri`, `authority`, `scheme`, `port` and `derivePort` is needed');
    return;
  }
  if (redirectCode !== 0 && (redirectCode < 300 || redirectCode > 399)) {
    list.error(`${path}.redirectCode`, 'out-of-range', `${redirectCode} is no redirect`, '300 to 399');
  }
  if (!['', 'http', 'https'].includes(scheme)) {
    list.error(`${path}.scheme`, 'bad-enum', `\`${scheme}\` is not a known value`, 'one of http, https');
  }
  if (port !== undefined && port > 0) list.add(`${path}.port`, checkPort(port));
}

function checkRewrite(rewrite: HttpRuleBody['rewrite'], path: string, list: IssueList): void {
  if (rewrite === undefined) return;
  const { uri = '', authority = '', uriRegexRewrite } = rewrite;
  if (uri !== '' && uriRegexRewrite !== undefined) {
    list.error(path, 'crossing', 'only one of `uri` and `uriRegexRewrite` may be set');
  } else if (uri === '' && authority === '' && uriRegexRewrite === undefined) {
    list.error(path, 'missing', 'one of `uri`, `uriRegexRewrite` and `authority` is needed');
  }
  if (uriRegexRewrite === undefined) return;
  const at = `${path}.uriRegexRewrite`;
  if ((uriRegexRewrite.match ?? '') === '' || (uriRegexRewrite.rewrite ?? '') === '') {
    list.error(at, 'missing', 'both `match` and `rewrite` are needed');
  } else list.add(`${at}.match`, checkRegex(uriRegexRewrite.match ?? ''));
}

/** A trap of Istio's that we keep: what is rewritten is what was matched, and without a uri match that is the first slash. */
function warnHalfRewrite({ match = [], rewrite }: HttpRuleBody, path: string, list: IssueList): void {
  const { uri = '' } = rewrite ?? {};
  const everyUriMatches = match.length > 0 && match.every((each) => each.uri !== undefined);
  if (uri === '' || uri.endsWith('/') || everyUriMatches) return;
  list.warning(path, 'crossing', 'without a uri match only the leading `/` is replaced', `\`/a\` becomes \`${uri}a\``);
}

/** The authority is set in one place only: `rewrite.authority`, or one header operation. */
function checkAuthority(rule: HttpRuleBody, path: string, list: IssueList): void {
  const request = rule.headers?.request ?? {};
  let first = (rule.rewrite?.authority ?? '') === '' ? undefined : 'rewrite.authority';
  for (const operation of ['set', 'add'] as const) {
    for (const name of Object.keys(request[operation] ?? {}).filter(isAuthority)) {
      const at = childPath(`headers.request.${operation}`, name);
      if (first === undefined) first = at;
      else list.error(`${path}.${at}`, 'crossing', `the authority is already set by \`${first}\``);
    }
  }
}
