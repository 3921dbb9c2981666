// What happened in a step, as data that is the same in every run: times, identities and ports have names instead of values.
import type { WireMessage } from './message-reader.ts';
import type { Case, Step } from './case.ts';
import type { SeenRequest } from './raw-backend.ts';
import type { ClientResult } from './raw-client.ts';
import { bodyText } from './wire-text.ts';

type Headers = Record<string, string | string[]>;

export interface MessageOutcome {
  readonly start: string;
  readonly headers: Headers;
  readonly body?: string;
  readonly trailers?: Headers;
  /** The connection ended before the message did. */
  readonly incomplete?: true;
}

export interface StepOutcome {
  readonly responses?: readonly MessageOutcome[];
  /** Bytes towards the client that are no response. */
  readonly bytes?: string;
  readonly connection?: ClientResult['connection'];
  readonly seen?: readonly (MessageOutcome & { readonly backend?: string; readonly bytes?: string })[];
  readonly log?: readonly string[];
  /** Counted over all repetitions. */
  readonly tally?: Record<string, number>;
}

export interface StepFindings {
  readonly client: ClientResult;
  readonly seen: readonly SeenRequest[];
  readonly log: readonly string[];
  readonly normalise: (text: string) => string;
}

/** `values`: what a text of this run is called in every run, such as `127.0.0.1:40123` -> `CLIENT`. */
export function normaliser(testCase: Case, values: ReadonlyMap<string, string>): (text: string) => string {
  const own = (testCase.normalise ?? []).map(([pattern, to]) => [new RegExp(pattern, 'g'), to] as const);
  return (text) => {
    let result = text;
    for (const [value, name] of values) result = result.replaceAll(value, name);
    for (const [pattern, to] of own) result = result.replaceAll(pattern, to);
    return result.replaceAll(`${testCase.name}.`, '$');
  };
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function headerValue(given: string, value: string): string {
  const name = given.toLowerCase();
  if (name === 'date' && value.endsWith(' GMT')) return 'DATE';
  if (name === 'x-request-id' && uuid.test(value)) return 'UUID';
  if (name === 'x-envoy-upstream-service-time' && /^\d+$/.test(value)) return 'MS';
  // What is left of the route's timeout depends on how long earlier attempts took.
  if (name === 'x-envoy-expected-rq-timeout-ms' && Number(value) > 1000)
    return String(Math.ceil(Number(value) / 1000) * 1000);
  return value;
}

/** By name: the order of different names means nothing in HTTP; that of equal ones does. */
function headerMap(headers: WireMessage['headers'], normalise: (text: string) => string): Headers {
  const found: Headers = {};
  for (const [name, value] of headers.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    const text = normalise(bodyText(Buffer.from(headerValue(name, value), 'latin1')));
    const known = found[name];
    found[name] = known === undefined ? text : [...(Array.isArray(known) ? known : [known]), text];
  }
  return found;
}

function messageOutcome(message: WireMessage, normalise: (text: string) => string): MessageOutcome {
  const { start, headers, body, trailers, complete } = message;
  return {
    start: normalise(bodyText(Buffer.from(start, 'latin1'))),
    headers: headerMap(headers, normalise),
    ...(body.length === 0 ? {} : { body: normalise(bodyText(body)) }),
    ...(trailers.length === 0 ? {} : { trailers: headerMap(trailers, normalise) }),
    ...(complete ? {} : { incomplete: true as const }),
  };
}

function seenOutcome(
  { backend, connection, message, rest }: SeenRequest,
  testCase: Case,
  normalise: (text: string) => string,
) {
  const name = testCase.connections === true ? `${backend}#${connection}` : backend;
  const label = name === 'a' ? {} : { backend: name };
  if (testCase.backends?.[backend]?.tcp) {
    const { start: _start, headers: _headers, ...outcome } = messageOutcome(message, normalise);
    return { ...label, start: 'bytes', headers: {}, ...outcome };
  }
  const bytes = rest();
  return {
    ...label,
    ...messageOutcome(message, normalise),
    ...(bytes.length === 0 ? {} : { bytes: normalise(bodyText(bytes)) }),
  };
}

export function stepOutcome(testCase: Case, step: Step, findings: StepFindings): StepOutcome {
  const { client, seen, log, normalise } = findings;
  if (step.tally !== undefined) return { tally: tally(step.tally, findings) };
  const sorted = seen.toSorted((a, b) => (a.backend < b.backend ? -1 : a.backend > b.backend ? 1 : 0));
  return {
    responses: client.responses.map((response) => messageOutcome(response, normalise)),
    ...(client.rest.length === 0 ? {} : { bytes: normalise(bodyText(client.rest)) }),
    connection: client.connection,
    seen: sorted.map((each) => seenOutcome(each, testCase, normalise)),
    ...(log.length === 0 ? {} : { log: log.map(normalise) }),
  };
}

function tally(of: NonNullable<Step['tally']>, { client, seen }: StepFindings): Record<string, number> {
  const keys = {
    status: () => client.responses.map(({ start }) => start.split(' ')[1] ?? ''),
    body: () => client.responses.map(({ body }) => bodyText(body)),
    backend: () => seen.map(({ backend }) => backend),
  }[of]();
  const counts: Record<string, number> = {};
  for (const key of keys.toSorted()) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}
