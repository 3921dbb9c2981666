// What an HTTP rule of a VirtualService does with a request: route, redirect, answer, delegate; and how it rewrites.
import type { HttpAction, Redirect, Rewrite, WeightedDestination } from '../../../model/route-table.ts';
import type { WeightedBody } from './destinations.ts';
import { lowerDestination, type Surroundings } from './lower-destination.ts';
import { lowerHeaders } from './lower-http-parts.ts';
import type { HttpRuleBody } from './schema.ts';

export function lowerAction(rule: HttpRuleBody, around: Surroundings): HttpAction {
  if (rule.delegate !== undefined) {
    const { name = '', namespace = '' } = rule.delegate;
    return { kind: 'delegate', namespace: namespace === '' ? around.namespace : namespace, name };
  }
  if (rule.redirect !== undefined) return { kind: 'redirect', redirect: lowerRedirect(rule.redirect) };
  if (rule.directResponse !== undefined) {
    const { status, body } = rule.directResponse;
    return { kind: 'direct', status, body: bodyBytes(body) };
  }
  return { kind: 'route', destinations: lowerWeighted(rule.route, around) };
}

function bodyBytes(body: NonNullable<HttpRuleBody['directResponse']>['body']): Uint8Array | undefined {
  if (body?.string !== undefined) return new TextEncoder().encode(body.string);
  return body?.bytes === undefined ? undefined : new Uint8Array(Buffer.from(body.bytes, 'base64'));
}

function lowerRedirect(redirect: NonNullable<HttpRuleBody['redirect']>): Redirect {
  const { uri = '', authority = '', scheme = '', redirectCode = 0 } = redirect;
  return { uri, authority, scheme, port: lowerPort(redirect), code: redirectCode === 0 ? 301 : redirectCode };
}

function lowerPort({ port, derivePort }: NonNullable<HttpRuleBody['redirect']>): Redirect['port'] {
  if (derivePort === 'FROM_REQUEST_PORT') return { kind: 'from-request-port' };
  if (derivePort === 'FROM_PROTOCOL_DEFAULT') return { kind: 'from-protocol-default' };
  return port === undefined || port === 0 ? undefined : { kind: 'number', value: port };
}

export function lowerRewrite(rewrite: HttpRuleBody['rewrite']): Rewrite | undefined {
  if (rewrite === undefined) return undefined;
  const { uri = '', authority = '', uriRegexRewrite: regex } = rewrite;
  return {
    uri,
    authority,
    uriRegex: regex === undefined ? undefined : { match: regex.match ?? '', rewrite: regex.rewrite ?? '' },
  };
}

export function lowerWeighted(route: readonly WeightedBody[] | undefined, around: Surroundings): WeightedDestination[] {
  return (route ?? []).map((each) => ({
    destination: lowerDestination(each.destination, around),
    weight: each.weight ?? 0,
    headers: lowerHeaders(each.headers),
  }));
}
