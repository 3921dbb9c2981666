// Host names in resources: which are valid, which cover which, and how short ones are completed. Rules as Istio's webhook has them.
import { isIP } from 'node:net';
import type { Problem } from './issue-list.ts';

const label = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const wildcardLabel = /^(?:\*|(?:\*-?)?[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)$/;

/** RFC 1123; Istio lets capitals pass. */
export function isDnsLabel(text: string): boolean {
  return text.length <= 63 && label.test(text);
}

function checkLength(name: string): Problem {
  if (name === '') return { code: 'bad-value', message: 'must not be empty' };
  return name.length > 255
    ? { code: 'out-of-range', message: `is ${name.length} characters long, at most 255 fit a domain name` }
    : undefined;
}

function checkLabels(name: string, part: string): Problem {
  const labels = part.split('.');
  const top = labels.at(-1) ?? '';
  if (/^[-+]?\d+$/.test(top)) {
    return { code: 'bad-value', message: `\`${name}\` is no domain name: its last label \`${top}\` is a number` };
  }
  for (const [index, each] of labels.entries()) {
    // A dot at the end is allowed: `istio.io.` is complete for sure.
    if (each === '' && index === labels.length - 1) return undefined;
    if (!isDnsLabel(each)) return badLabel(name, each);
  }
  return undefined;
}

function badLabel(name: string, each: string): Problem {
  const what = each === '' ? 'it has an empty label' : `its label \`${each}\` is not valid`;
  const hint = each.includes('*') ? '`*` may only stand at the very beginning' : undefined;
  const message = `\`${name}\` is no domain name: ${what}`;
  return hint === undefined ? { code: 'bad-value', message } : { code: 'bad-value', message, hint };
}

/** A domain name without wildcard. */
export function checkDomain(name: string): Problem {
  return checkLength(name) ?? checkLabels(name, name);
}

/** A domain name whose first label may be or begin with `*`; a lone `*` passes. */
export function checkWildcardDomain(name: string): Problem {
  const tooLong = checkLength(name);
  if (tooLong !== undefined) return tooLong;
  const dot = name.indexOf('.');
  const first = dot < 0 ? name : name.slice(0, dot);
  if (first.length > 63 || !wildcardLabel.test(first)) return badLabel(name, first);
  return dot < 0 ? undefined : checkLabels(name, name.slice(dot + 1));
}

/** `*-a.example.com` is a partial wildcard: only `*` alone or `*.` may stand in front. */
export function isPartialWildcard(name: string): boolean {
  return name.includes('*') && name !== '*' && !name.startsWith('*.');
}

/** Whether some name could be meant by both; either may begin with `*`. */
export function hostsOverlap(a: string, b: string): boolean {
  const [wildA, wildB] = [a.startsWith('*'), b.startsWith('*')];
  if (wildA && wildB) return a.length < b.length ? b.slice(1).endsWith(a.slice(1)) : a.slice(1).endsWith(b.slice(1));
  if (wildA) return b.endsWith(a.slice(1));
  return wildB ? a.endsWith(b.slice(1)) : a === b;
}

/** Whether every name that `inner` means is meant by `outer`. */
export function hostCovers(outer: string, inner: string): boolean {
  if (!inner.startsWith('*')) return hostsOverlap(outer, inner);
  return outer.startsWith('*') && inner.length >= outer.length && inner.slice(1).endsWith(outer.slice(1));
}

/**
 * `reviews` becomes `reviews.shop.svc.cluster.local`. Only names without a dot are completed: `reviews.shop` and `reviews.shop.svc`
 * stay as they are and so name no service, as in Istio. Addresses and `*` stay too.
 */
export function completeHost(host: string, namespace: string, domain: string): string {
  if (host === '' || host === '*' || isIP(host) !== 0) return host;
  return (host.includes('.') ? host : `${host}.${namespace}.svc.${domain}`).toLowerCase();
}

/** For a host that is no service though its first labels look like one: what was probably meant. */
export function completionHint(host: string, domain: string): string | undefined {
  const [name, namespace, svc, ...rest] = host.split('.');
  if (name === undefined || namespace === undefined || rest.length > 0) return undefined;
  if (svc !== undefined && svc !== 'svc') return undefined;
  return `only names without a dot are completed; did you mean \`${name}.${namespace}.svc.${domain}\`?`;
}
