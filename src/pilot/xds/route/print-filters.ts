// Prints what a route sets for filters of the chain: injected faults and cross-origin rules.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import { anyPack } from '@bufbuild/protobuf/wkt';
import type { Cors, Fault } from '../../../model/route-table.ts';
import { CorsPolicySchema } from '../../../proto/gen/envoy/extensions/filters/http/cors/v3/cors_pb.ts';
import { HTTPFaultSchema } from '../../../proto/gen/envoy/extensions/filters/http/fault/v3/fault_pb.ts';
import type { FractionalPercentSchema } from '../../../proto/gen/envoy/type/v3/percent_pb.ts';
import { FractionalPercent_DenominatorType as Denominator } from '../../../proto/gen/envoy/type/v3/percent_pb.ts';
import { grpcStatusCode } from './grpc-status.ts';
import { printStringMatch } from './print-match.ts';
import { duration } from '../duration.ts';

type FractionalPercent = MessageInitShape<typeof FractionalPercentSchema>;

/** By filter name; in alphabetical order, so that equal routes print equal bytes. */
export function printFilters(cors: Cors | undefined, fault: Fault | undefined): Record<string, Any> {
  const printedFault = fault && printFault(fault);
  return {
    ...(cors !== undefined && { 'envoy.filters.http.cors': printCors(cors) }),
    ...(printedFault !== undefined && { 'envoy.filters.http.fault': printedFault }),
  };
}

/** In millionths, as fine as Envoy has it. */
export function percent(value: number): FractionalPercent {
  return { numerator: Math.trunc(value * 10_000), denominator: Denominator.MILLION };
}

export const always: FractionalPercent = { numerator: 100, denominator: Denominator.HUNDRED };

function printCors(cors: Cors): Any {
  const policy = create(CorsPolicySchema, {
    allowOriginStringMatch: cors.allowOrigins.map(printStringMatch),
    allowMethods: cors.allowMethods.join(','),
    allowHeaders: cors.allowHeaders.join(','),
    exposeHeaders: cors.exposeHeaders.join(','),
    filterEnabled: { defaultValue: always },
    forwardNotMatchingPreflights: cors.unmatchedPreflights !== 'ignore',
    ...(cors.maxAgeMs !== undefined && { maxAge: String(Math.trunc(cors.maxAgeMs / 1000)) }),
    ...(cors.allowCredentials !== undefined && { allowCredentials: cors.allowCredentials }),
  });
  return anyPack(CorsPolicySchema, policy);
}

/** Without a percentage a fault never fires, as in Istio. */
function printFault({ delay, abort }: Fault): Any | undefined {
  const aborts = abort !== undefined && (abort.httpStatus !== undefined || abort.grpcStatus !== undefined);
  if (delay === undefined && !aborts) return undefined;
  const fault = create(HTTPFaultSchema, {
    ...(delay !== undefined && {
      delay: {
        faultDelaySecifier: { case: 'fixedDelay', value: duration(delay.fixedMs) },
        percentage: percent(delay.percent ?? 0),
      },
    }),
    ...(aborts && { abort: { errorType: errorType(abort), percentage: percent(abort.percent ?? 0) } }),
  });
  return anyPack(HTTPFaultSchema, fault);
}

type ErrorType = { case: 'httpStatus'; value: number } | { case: 'grpcStatus'; value: number };

function errorType(abort: NonNullable<Fault['abort']>): ErrorType {
  if (abort.httpStatus !== undefined) return { case: 'httpStatus', value: abort.httpStatus };
  return { case: 'grpcStatus', value: grpcStatusCode(abort.grpcStatus ?? '') };
}
