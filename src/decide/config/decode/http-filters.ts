// Decodes the chain of HTTP filters, and what routes set for filters of the chain.
import type { Any } from '@bufbuild/protobuf/wkt';
import { FilterConfigSchema } from '../../../proto/gen/envoy/config/route/v3/route_components_pb.ts';
import { FilterConfigSchema as GrpcStatsSchema } from '../../../proto/gen/envoy/extensions/filters/http/grpc_stats/v3/config_pb.ts';
import { RouterSchema, type Router } from '../../../proto/gen/envoy/extensions/filters/http/router/v3/router_pb.ts';
import {
  HttpFilterSchema,
  type HttpFilter as FilterMessage,
} from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import type { HttpFilter, HttpFilterConfig, PerFilterConfig, PerFilterConfigs } from '../http-filter.ts';
import type { RouterConfig } from '../router.ts';
import { unpack } from './any-types.ts';
import { corsPolicy } from './cors.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under, warn } from './cursor.ts';
import { faultConfig } from './fault.ts';
import { knownFields } from './known-fields.ts';
import { requireText } from './value.ts';

const checkFilter = knownFields(HttpFilterSchema, { read: ['name', 'configType', 'isOptional', 'disabled'] });
const checkRouter = knownFields(RouterSchema, {
  read: ['dynamicStats', 'suppressEnvoyHeaders', 'strictCheckHeaders', 'respectExpectedRqTimeout'],
  harmless: ['startChildSpan', 'suppressGrpcRequestFailureCodeStats'],
});
/** Statistics by method make no difference to requests. */
const checkGrpcStats = knownFields(GrpcStatsSchema, {
  read: ['emitFilterState'],
  harmless: ['perMethodStatSpecifier', 'enableUpstreamStats', 'replaceDotsInGrpcServiceName'],
});
const checkSwitch = knownFields(FilterConfigSchema, { read: ['config', 'isOptional', 'disabled'] });

export function httpFilters(messages: readonly FilterMessage[], at: Cursor): HttpFilter[] {
  const filters: HttpFilter[] = [];
  for (const [index, message] of messages.entries()) {
    const where = under(at, index);
    checkFilter(message, where);
    requireText(message.name, under(where, 'name'));
    const config = filterConfig(message, where);
    if (config !== undefined) filters.push({ name: message.name, disabled: message.disabled, ...config });
    if (config !== undefined) checkPlace(config, index === messages.length - 1, where);
  }
  return filters;
}

/** Exactly one filter answers, and it is the last. */
function checkPlace({ kind }: HttpFilterConfig, isLast: boolean, at: Cursor): void {
  if (kind === 'router' && !isLast) {
    refuse(at, 'bad-value', 'terminal filter must be the last filter in a http filter chain');
  }
  if (kind !== 'router' && isLast) {
    refuse(at, 'bad-value', 'non-terminal filter is the last filter in a http filter chain');
  }
}

/** undefined after having said why. An optional filter that is unknown would be left out by Envoy; here it is refused. */
function filterConfig({ configType }: FilterMessage, at: Cursor): HttpFilterConfig | undefined {
  const where = under(at, 'typed_config');
  if (configType.case === 'configDiscovery') {
    notYet(under(at, 'config_discovery'), 'discovery of filter configuration');
    return undefined;
  }
  const extension = unpack(configType.value, 'HTTP filter', where);
  if (extension === undefined) return undefined;
  switch (extension.$typeName) {
    case 'envoy.extensions.filters.http.router.v3.Router':
      return { kind: 'router', config: routerConfig(extension, where) };
    case 'envoy.extensions.filters.http.fault.v3.HTTPFault':
      return { kind: 'fault', config: faultConfig(extension, where) };
    case 'envoy.extensions.filters.http.cors.v3.Cors':
      return { kind: 'cors' };
    case 'envoy.extensions.filters.http.grpc_stats.v3.FilterConfig':
      checkGrpcStats(extension, where);
      return { kind: 'grpc-stats', emitFilterState: extension.emitFilterState };
    case 'envoy.extensions.filters.http.grpc_web.v3.GrpcWeb':
      warn(where, 'gRPC-Web is not translated: calls pass as they are');
      return { kind: 'grpc-web' };
  }
}

const strictHeaders: ReadonlySet<string> = new Set([
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-max-retries',
  'x-envoy-retry-grpc-on',
  'x-envoy-retry-on',
]);

function routerConfig(message: Router, at: Cursor): RouterConfig {
  checkRouter(message, at);
  if (message.strictCheckHeaders.length > 0) notYet(under(at, 'strict_check_headers'), 'strict checking of headers');
  for (const [index, name] of message.strictCheckHeaders.entries()) {
    if (strictHeaders.has(name)) continue;
    refuse(under(under(at, 'strict_check_headers'), index), 'bad-enum', 'value must be in list of known headers');
  }
  return {
    suppressEnvoyHeaders: message.suppressEnvoyHeaders,
    respectExpectedRqTimeout: message.respectExpectedRqTimeout,
    strictCheckHeaders: message.strictCheckHeaders,
    dynamicStats: message.dynamicStats ?? true,
  };
}

const none: PerFilterConfigs = new Map();

/** `typed_per_filter_config`, by the filter's name. */
export function perFilterConfigs(configs: Readonly<Record<string, Any>>, parent: Cursor): PerFilterConfigs {
  const names = Object.keys(configs);
  if (names.length === 0) return none;
  const at = under(parent, 'typed_per_filter_config');
  const decoded = new Map<string, PerFilterConfig>();
  for (const name of names) {
    const config = perFilterConfig(configs[name], under(at, name));
    if (config !== undefined) decoded.set(name, config);
  }
  return decoded;
}

function perFilterConfig(any: Any | undefined, at: Cursor): PerFilterConfig | undefined {
  const extension = unpack(any, 'per-route filter configuration', at);
  if (extension === undefined) return undefined;
  switch (extension.$typeName) {
    case 'envoy.extensions.filters.http.fault.v3.HTTPFault':
      return { kind: 'fault', config: faultConfig(extension, at) };
    case 'envoy.extensions.filters.http.cors.v3.CorsPolicy':
      return { kind: 'cors', config: corsPolicy(extension, at) };
    case 'envoy.config.route.v3.FilterConfig':
      checkSwitch(extension, at);
      // With settings and not switched off, it is as good as the settings themselves.
      if (extension.config !== undefined && !extension.disabled)
        return perFilterConfig(extension.config, under(at, 'config'));
      return { kind: 'switch', disabled: extension.disabled };
  }
}
