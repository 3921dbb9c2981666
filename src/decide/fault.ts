// Whether a request is delayed or answered with an injected failure (Envoy's fault filter).
import type { FaultAbort, FaultConfig, FaultDelay } from './config/fault.ts';
import type { Fraction } from './config/value.ts';
import { unsignedInteger } from './match/ascii.ts';
import { matchesRequestHeaders } from './match/match-header.ts';
import type { RequestView } from './request-view.ts';
import type { TraceSink } from './trace.ts';

export interface FaultDecision {
  /** Waited first; 0: not at all. Response flag DI. */
  readonly delayMs: number;
  /** Answered after the delay (`localReply`), with the body `fault filter abort`. A gRPC status has 200 beside it. Flag FI. */
  readonly abort: { readonly status: number; readonly grpcStatus: number | undefined } | undefined;
}

export interface FaultInputs {
  readonly upstreamCluster: string;
  readonly activeFaults: number;
  readonly random: () => number;
  readonly trace?: TraceSink | undefined;
}

const none: FaultDecision = Object.freeze({ delayMs: 0, abort: undefined });

export function decideFault(config: FaultConfig, request: RequestView, inputs: FaultInputs): FaultDecision {
  if (!concerns(config, request, inputs)) return none;
  const full = config.maxActiveFaults !== undefined && inputs.activeFaults >= config.maxActiveFaults;
  if (full) return none;
  const delayMs = config.delay === undefined ? 0 : delayOf(config.delay, request, inputs.random);
  const abort = config.abort && abortOf(config.abort, request, inputs.random);
  if (delayMs === 0 && abort === undefined) return none;
  const reason = `delay ${delayMs} ms, ${abort === undefined ? 'no abort' : `abort with ${abort.status}`}`;
  inputs.trace?.({ decision: 'fault', subject: inputs.upstreamCluster, chosen: true, reason });
  return { delayMs, abort };
}

function concerns(config: FaultConfig, request: RequestView, { upstreamCluster }: FaultInputs): boolean {
  if (config.upstreamCluster !== '' && config.upstreamCluster !== upstreamCluster) return false;
  if (config.downstreamNodes.length > 0) {
    const node = request.headers.get('x-envoy-downstream-service-node');
    if (node === undefined || !config.downstreamNodes.includes(node)) return false;
  }
  return matchesRequestHeaders(config.headers, request);
}

function delayOf({ percentage, by }: FaultDelay, request: RequestView, random: () => number): number {
  const share =
    by.kind === 'header' ? headerShare(percentage, request, 'x-envoy-fault-delay-request-percentage') : percentage;
  if (!strikes(share, random)) return 0;
  if (by.kind === 'fixed') return by.delayMs;
  return unsignedInteger(request.headers.get('x-envoy-fault-delay-request')) ?? 0;
}

function abortOf({ percentage, by }: FaultAbort, request: RequestView, random: () => number): FaultDecision['abort'] {
  const share =
    by.kind === 'header' ? headerShare(percentage, request, 'x-envoy-fault-abort-request-percentage') : percentage;
  if (!strikes(share, random)) return undefined;
  switch (by.kind) {
    case 'http':
      return { status: by.status, grpcStatus: undefined };
    case 'grpc':
      return { status: 200, grpcStatus: by.status };
    case 'header':
      return headerAbort(request);
  }
}

function headerAbort({ headers }: RequestView): FaultDecision['abort'] {
  const status = unsignedInteger(headers.get('x-envoy-fault-abort-request'));
  if (status !== undefined && status >= 200 && status < 600) return { status, grpcStatus: undefined };
  const grpcStatus = unsignedInteger(headers.get('x-envoy-fault-abort-grpc-request'));
  return grpcStatus === undefined ? undefined : { status: 200, grpcStatus };
}

/** A header can only lower the configured share. */
function headerShare(configured: Fraction, { headers }: RequestView, name: string): Fraction {
  const asked = unsignedInteger(headers.get(name));
  return asked === undefined || asked >= configured.numerator ? configured : { ...configured, numerator: asked };
}

function strikes({ numerator, denominator }: Fraction, random: () => number): boolean {
  return numerator > 0 && random() * denominator < numerator;
}
