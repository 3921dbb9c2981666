// HTTP headers in resources: the names and values that may be matched, set and removed.
import { childPath } from '../../../lib/field-path.ts';
import { array, map, object, string } from '../../schema.ts';
import { headerFormatProblem } from './header-format.ts';
import type { IssueList, Problem } from './issue-list.ts';

const plainName = /^[-_A-Za-z0-9]+$/;

const change = object({ add: map(string()), remove: array(string()), set: map(string()) });
export const headersSchema = object({ request: change, response: change });

export interface HeadersBody {
  readonly request?: HeaderChangeBody;
  readonly response?: HeaderChangeBody;
}
export interface HeaderChangeBody {
  readonly add?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
  readonly set?: Readonly<Record<string, string>>;
}

/** `@request.auth.claims.group`, `@request.auth.claims[group]`: routing by a claim of the verified token. */
export function isClaimRoute(name: string): boolean {
  return /^@request\.auth\.claims(?:\..+|\[.+\])$/is.test(name);
}

export function checkHeaderName(name: string): Problem {
  if (name === '') return { code: 'bad-value', message: 'a header name must not be empty' };
  return plainName.test(name) ? undefined : { code: 'bad-value', message: `\`${name}\` is not a header name` };
}

export function isAuthority(name: string): boolean {
  return /^(?::authority|host)$/i.test(name);
}

/** Operations on headers of requests and responses. Only a request's authority may be set, nothing else that begins with `:`. */
export function checkHeaders(headers: HeadersBody | undefined, path: string, list: IssueList): void {
  for (const side of ['request', 'response'] as const) {
    const changes = headers?.[side];
    for (const operation of ['add', 'set'] as const) {
      for (const [name, value] of Object.entries(changes?.[operation] ?? {})) {
        const at = childPath(`${path}.${side}.${operation}`, name);
        list.add(at, checkOperationName(name, side === 'request'), checkHeaderValue(value));
      }
    }
    for (const [index, name] of (changes?.remove ?? []).entries()) {
      list.add(`${path}.${side}.remove[${index}]`, checkOperationName(name, false));
    }
  }
}

function checkOperationName(name: string, authorityAllowed: boolean): Problem {
  if (name === '') return { code: 'bad-value', message: 'a header name must not be empty' };
  if (isAuthority(name) && authorityAllowed) return undefined;
  if (/^host$/i.test(name)) return { code: 'bad-value', message: 'the Host header cannot be changed here' };
  return name.startsWith(':')
    ? { code: 'bad-value', message: `\`${name}\`: headers that begin with \`:\` cannot be changed here` }
    : undefined;
}

function checkHeaderValue(value: string): Problem {
  if (Array.from(value).some((each) => (each < ' ' && each !== '\t') || each === '\u007f')) {
    return { code: 'bad-value', message: 'a header value has no control characters' };
  }
  const problem = headerFormatProblem(value);
  return problem === undefined
    ? undefined
    : { code: 'bad-value', message: problem, hint: 'a percent sign that means itself is written `%%`' };
}
