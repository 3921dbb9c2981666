// Holds what a step gave against what the exam measured. Each difference is one line for people.
import type { Expectation, HeaderExpectation } from './case.ts';

/** What the client in the pod reports of one request or exchange. */
export interface Outcome {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly data?: string;
  readonly error?: string;
  readonly detail?: string;
  readonly certificate?: string;
  readonly ms: number;
}

interface Echo {
  readonly pod: string;
  readonly app: string;
  readonly version: string;
  readonly namespace: string;
  readonly headers: Record<string, string>;
  readonly [field: string]: unknown;
}

export function echoOf(outcome: Outcome): Echo | undefined {
  if (outcome.body === undefined || !outcome.body.startsWith('{')) return undefined;
  try {
    const parsed = JSON.parse(outcome.body) as Partial<Echo>;
    return typeof parsed.pod === 'string' && typeof parsed.app === 'string' && parsed.headers !== undefined
      ? (parsed as Echo)
      : undefined;
  } catch {
    return undefined; // a body that only looks like JSON is no echo's
  }
}

const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

function within(value: number, [low, high]: readonly [number, number]): boolean {
  return value >= low - 1e-9 && value <= high + 1e-9;
}

function headerDifferences(
  where: string,
  got: Record<string, string>,
  expected: Record<string, HeaderExpectation>,
): string[] {
  return Object.entries(expected).flatMap(([name, wanted]) => {
    const value = got[name.toLowerCase()];
    const fits =
      value !== undefined &&
      (wanted === '*' ||
        (typeof wanted === 'string' ? value === wanted : wanted.contains.every((part) => value.includes(part))));
    return fits ? [] : [`${where} ${name}: expected ${show(wanted)}, got ${show(value)}`];
  });
}

function absentDifferences(where: string, got: Record<string, string>, absent: readonly string[]): string[] {
  return absent
    .filter((name) => got[name.toLowerCase()] !== undefined)
    .map((name) => `${where} ${name}: expected none, got ${show(got[name.toLowerCase()])}`);
}

function seenDifferences(echo: Echo | undefined, seen: NonNullable<Expectation['seen']>): string[] {
  if (echo === undefined) return ['seen: no echo answered'];
  const { headers, absent, ...fields } = seen;
  return [
    ...Object.entries(fields)
      .filter(([name, wanted]) => echo[name] !== wanted)
      .map(([name, wanted]) => `seen ${name}: expected ${show(wanted)}, got ${show(echo[name])}`),
    ...headerDifferences('seen header', echo.headers, headers ?? {}),
    ...absentDifferences('seen header', echo.headers, absent ?? []),
  ];
}

function upstreamDifferences(outcome: Outcome, upstream: Expectation['upstream']): string[] {
  const echo = echoOf(outcome);
  if (upstream === undefined) return [];
  if (upstream === null) return echo === undefined ? [] : [`upstream: expected none, got ${echo.app}/${echo.version}`];
  if (echo === undefined)
    return [
      `upstream: expected ${show(upstream)}, got none (${outcome.error ?? outcome.status}${outcome.detail ? `: ${outcome.detail}` : ''})`,
    ];
  return Object.entries(upstream)
    .filter(([name, wanted]) => echo[name] !== wanted)
    .map(([name, wanted]) => `upstream ${name}: expected ${show(wanted)}, got ${show(echo[name])}`);
}

function outcomeDifferences(outcome: Outcome, expected: Expectation): string[] {
  const found: string[] = [];
  if (expected.status !== undefined && outcome.status !== expected.status) {
    found.push(
      `status: expected ${expected.status}, got ${outcome.status ?? `error ${outcome.error} (${outcome.detail ?? ''})`}`,
    );
  }
  if (expected.error !== undefined && outcome.error !== expected.error) {
    found.push(`error: expected ${expected.error}, got ${outcome.error ?? outcome.status ?? show(outcome.data)}`);
  }
  found.push(...upstreamDifferences(outcome, expected.upstream));
  if (expected.seen) found.push(...seenDifferences(echoOf(outcome), expected.seen));
  if (expected.response) {
    found.push(...headerDifferences('response header', outcome.headers ?? {}, expected.response.headers ?? {}));
    found.push(...absentDifferences('response header', outcome.headers ?? {}, expected.response.absent ?? []));
    if (expected.response.body !== undefined && outcome.body !== expected.response.body) {
      found.push(`response body: expected ${show(expected.response.body)}, got ${show(outcome.body?.slice(0, 200))}`);
    }
  }
  found.push(...dataDifferences(outcome, expected));
  if (expected.minMs !== undefined && outcome.ms < expected.minMs)
    found.push(`time: expected at least ${expected.minMs} ms, got ${outcome.ms.toFixed(0)}`);
  if (expected.maxMs !== undefined && outcome.ms > expected.maxMs)
    found.push(`time: expected at most ${expected.maxMs} ms, got ${outcome.ms.toFixed(0)}`);
  if (expected.certificate !== undefined && outcome.certificate !== expected.certificate) {
    found.push(`certificate: expected ${expected.certificate}, got ${show(outcome.certificate)}`);
  }
  return found;
}

function dataDifferences({ data, error }: Outcome, expected: Expectation): string[] {
  const got = data === undefined ? `error ${error}` : show(data);
  if (expected.data !== undefined && data !== expected.data)
    return [`data: expected ${show(expected.data)}, got ${got}`];
  if (expected.dataOneOf !== undefined && !expected.dataOneOf.includes(data ?? ''))
    return [`data: expected one of ${show(expected.dataOneOf)}, got ${got}`];
  if (expected.dataStart !== undefined && !data?.startsWith(expected.dataStart))
    return [`data: expected to start with ${show(expected.dataStart)}, got ${got}`];
  return [];
}

/** Who answered, as `share` names it: `app/version` over HTTP, `app/version/namespace` over TCP. */
function answeredBy(outcome: Outcome): string | undefined {
  const echo = echoOf(outcome);
  if (echo) return `${echo.app}/${echo.version}`;
  return /^(?:hello from )?([\w.-]+\/[\w.-]+\/[\w.-]+)/.exec(outcome.data ?? '')?.[1];
}

function count(values: readonly (string | undefined)[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function shareDifferences(
  what: string,
  counts: ReadonlyMap<string, number>,
  total: number,
  expected: Record<string, readonly [number, number]>,
): string[] {
  return Object.entries(expected)
    .filter(([name, range]) => !within((counts.get(name) ?? 0) / Math.max(1, total), range))
    .map(
      ([name, range]) =>
        `${what} of ${name}: expected ${range.join(' to ')}, got ${((counts.get(name) ?? 0) / Math.max(1, total)).toFixed(3)}`,
    );
}

/** Every difference between a step's outcomes and its expectation, hits left out; empty when they are equal. */
export function differences(outcomes: readonly Outcome[], expected: Expectation): string[] {
  const each = [...new Set(outcomes.flatMap((outcome) => outcomeDifferences(outcome, expected)))];
  const found = each.slice(0, 8);
  const answered = count(outcomes.map(answeredBy));
  const answers = [...answered.values()].reduce((sum, value) => sum + value, 0);
  if (expected.share) {
    found.push(...shareDifferences('share', answered, answers, expected.share));
    const strangers = [...answered.keys()].filter((name) => !(name in expected.share!));
    if (strangers.length > 0) found.push(`share: unexpected answers from ${strangers.join(', ')}`);
  }
  const statuses = count(
    outcomes.map((outcome) => (outcome.error === undefined ? String(outcome.status) : `error:${outcome.error}`)),
  );
  if (expected.statusShare)
    found.push(...shareDifferences('status share', statuses, outcomes.length, expected.statusShare));
  for (const [name, range] of Object.entries(expected.statuses ?? {})) {
    if (!within(statuses.get(name) ?? 0, range))
      found.push(`number of ${name}: expected ${range.join(' to ')}, got ${statuses.get(name) ?? 0}`);
  }
  if (expected.distinctPods !== undefined) {
    const pods = new Set(outcomes.map((outcome) => echoOf(outcome)?.pod).filter((pod) => pod !== undefined));
    if (pods.size !== expected.distinctPods)
      found.push(`distinct pods: expected ${expected.distinctPods}, got ${pods.size}`);
  }
  for (const [name, range] of Object.entries(expected.responseHeaderShare ?? {})) {
    const share =
      outcomes.filter((outcome) => outcome.headers?.[name.toLowerCase()] !== undefined).length / outcomes.length;
    if (!within(share, range))
      found.push(`share of answers with ${name}: expected ${range.join(' to ')}, got ${share.toFixed(3)}`);
  }
  if (expected.slowShare) {
    const share = outcomes.filter(({ ms }) => ms >= expected.slowShare!.ms).length / outcomes.length;
    if (!within(share, expected.slowShare.share))
      found.push(`share of slow answers: expected ${expected.slowShare.share.join(' to ')}, got ${share.toFixed(3)}`);
  }
  return found;
}

export function hitDifference(
  deployment: string,
  hits: number,
  expected: number | readonly [number, number],
): string[] {
  const range = typeof expected === 'number' ? ([expected, expected] as const) : expected;
  return within(hits, range)
    ? []
    : [`hits of ${deployment}: expected ${range[0] === range[1] ? range[0] : range.join(' to ')}, got ${hits}`];
}
