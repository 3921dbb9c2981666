// Decodes the fault filter's settings.
import {
  FaultDelaySchema,
  type FaultDelay as DelayMessage,
} from '../../../proto/gen/envoy/extensions/filters/common/fault/v3/fault_pb.ts';
import {
  FaultAbortSchema,
  HTTPFaultSchema,
  type FaultAbort as AbortMessage,
  type HTTPFault,
} from '../../../proto/gen/envoy/extensions/filters/http/fault/v3/fault_pb.ts';
import type { FractionalPercent } from '../../../proto/gen/envoy/type/v3/percent_pb.ts';
import type { FaultAbort, FaultConfig, FaultDelay } from '../fault.ts';
import type { Fraction } from '../value.ts';
import type { Cursor } from './cursor.ts';
import { refuse, under } from './cursor.ts';
import { knownFields } from './known-fields.ts';
import { headerMatches } from './string-match.ts';
import { fraction, inRange, positiveMs } from './value.ts';

/** Runtime keys are not looked up. Metadata and statistics by cluster make no difference to requests. */
const checkFault = knownFields(HTTPFaultSchema, {
  read: ['delay', 'abort', 'upstreamCluster', 'headers', 'downstreamNodes', 'maxActiveFaults'],
  harmless: [
    'delayPercentRuntime',
    'abortPercentRuntime',
    'delayDurationRuntime',
    'abortHttpStatusRuntime',
    'abortGrpcStatusRuntime',
    'maxActiveFaultsRuntime',
    'responseRateLimitPercentRuntime',
    'disableDownstreamClusterStats',
    'filterMetadata',
  ],
});
const checkDelay = knownFields(FaultDelaySchema, { read: ['faultDelaySecifier', 'percentage'] });
const checkAbort = knownFields(FaultAbortSchema, { read: ['errorType', 'percentage'] });

export function faultConfig(message: HTTPFault, at: Cursor): FaultConfig {
  checkFault(message, at);
  return {
    delay: message.delay && faultDelay(message.delay, under(at, 'delay')),
    abort: message.abort && faultAbort(message.abort, under(at, 'abort')),
    upstreamCluster: message.upstreamCluster,
    headers: headerMatches(message.headers, under(at, 'headers')),
    downstreamNodes: message.downstreamNodes,
    maxActiveFaults: message.maxActiveFaults,
  };
}

function faultDelay(message: DelayMessage, at: Cursor): FaultDelay {
  checkDelay(message, at);
  const { faultDelaySecifier: by } = message;
  const percentage = share(message.percentage, at);
  if (by.case === 'headerDelay') return { percentage, by: { kind: 'header' } };
  if (by.case === undefined) refuse(under(at, 'fault_delay_secifier'), 'missing', 'value is required');
  return { percentage, by: { kind: 'fixed', delayMs: positiveMs(by.value, under(at, 'fixed_delay')) ?? 0 } };
}

function faultAbort(message: AbortMessage, at: Cursor): FaultAbort {
  checkAbort(message, at);
  const { errorType: by } = message;
  const percentage = share(message.percentage, at);
  switch (by.case) {
    case 'httpStatus':
      return { percentage, by: { kind: 'http', status: inRange(by.value, 200, 599, under(at, 'http_status')) } };
    case 'grpcStatus':
      return { percentage, by: { kind: 'grpc', status: by.value } };
    case undefined:
      refuse(under(at, 'error_type'), 'missing', 'value is required');
      return { percentage, by: { kind: 'header' } };
    case 'headerAbort':
      return { percentage, by: { kind: 'header' } };
  }
}

/** None set: no request. */
function share(message: FractionalPercent | undefined, at: Cursor): Fraction {
  return message === undefined ? { numerator: 0, denominator: 100 } : fraction(message, under(at, 'percentage'));
}
