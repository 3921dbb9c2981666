// Reads the annotations that shape the sidecar itself: `proxy.istio.io/config`, resources, interception mode.
import { parse } from 'yaml';
import { didYouMean } from '../lib/did-you-mean.ts';
import { parseDuration } from '../lib/duration.ts';
import { childPath } from '../lib/field-path.ts';
import type { Issue } from '../lib/issue.ts';
import { describeError } from '../lib/mesh-error.ts';
import { annotationPath, issueAt } from './traffic-annotations.ts';

/** Istio's ProxyConfig, as far as a sidecar of ours acts on it; it reaches the sidecar as JSON in `PROXY_CONFIG`. */
export interface ProxyConfig {
  readonly concurrency?: number;
  /** Seconds as Go writes them: `5s`, `1m30s`. */
  readonly drainDuration?: string;
  readonly terminationDrainDuration?: string;
  /** Always so with a native sidecar; accepted because people set it. */
  readonly holdApplicationUntilProxyStarts?: boolean;
  readonly proxyMetadata?: Readonly<Record<string, string>>;
  readonly runtimeValues?: Readonly<Record<string, string>>;
  readonly meshId?: string;
}

const configAnnotation = 'proxy.istio.io/config';
const modeAnnotation = 'sidecar.istio.io/interceptionMode';

type Check = { readonly wanted: string; readonly code: Issue['code']; readonly holds: (value: unknown) => boolean };

const duration: Check = {
  wanted: 'a duration such as 5s or 1m30s',
  code: 'bad-duration',
  holds: (value) => typeof value === 'string' && (parseDuration(value) ?? -1) >= 0,
};
const strings: Check = {
  wanted: 'a map of strings',
  code: 'wrong-type',
  holds: (value) => isRecord(value) && Object.values(value).every((item) => typeof item === 'string'),
};

const checks: Readonly<Record<keyof ProxyConfig, Check>> = {
  concurrency: {
    wanted: 'a number of threads, 0 for one per core',
    code: 'out-of-range',
    holds: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 1024,
  },
  drainDuration: duration,
  terminationDrainDuration: duration,
  holdApplicationUntilProxyStarts: {
    wanted: 'true or false',
    code: 'wrong-type',
    holds: (value) => typeof value === 'boolean',
  },
  proxyMetadata: strings,
  runtimeValues: strings,
  meshId: { wanted: 'a string', code: 'wrong-type', holds: (value) => typeof value === 'string' },
};

/** Fields of Istio's ProxyConfig that are read by nothing here yet. */
const notYet = new Set(
  (
    'configPath binaryPath serviceCluster tracingServiceName parentShutdownDuration discoveryAddress zipkinAddress ' +
    'statsdUdpAddress proxyAdminPort availabilityZone controlPlaneAuthPolicy customConfigFile statNameLength ' +
    'proxyBootstrapTemplatePath interceptionMode tracing sds envoyAccessLogService envoyMetricsService statusPort ' +
    'extraStatTags gatewayTopology readinessProbe proxyStatsMatcher caCertificatesPem image privateKeyProvider ' +
    'proxyHeaders fileFlushInterval fileFlushMinSizeKb statsEvictionInterval statsCompression'
  ).split(' '),
);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isKnown(field: string): field is keyof ProxyConfig {
  return Object.hasOwn(checks, field);
}

/** The pod's own settings, to lie over the mesh's defaults. Warnings leave the rest usable. */
export function readProxyConfig(annotations: Readonly<Record<string, string>>): {
  readonly config: ProxyConfig;
  readonly issues: readonly Issue[];
} {
  const text = annotations[configAnnotation];
  if (text === undefined || text.trim() === '') return { config: {}, issues: [] };
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    return { config: {}, issues: [issueAt(configAnnotation, `not YAML: ${describeError(error)}`, 'syntax')] };
  }
  if (!isRecord(document)) {
    return { config: {}, issues: [issueAt(configAnnotation, 'must be a map of ProxyConfig fields', 'wrong-type')] };
  }
  const issues = Object.entries(document).flatMap(([field, value]) => checkField(field, value));
  const config = Object.fromEntries(Object.entries(document).filter(([field]) => isKnown(field)));
  return { config, issues };
}

function checkField(field: string, value: unknown): Issue[] {
  const path = childPath(annotationPath(configAnnotation), field);
  if (isKnown(field)) {
    const { holds, wanted, code } = checks[field];
    return holds(value) ? [] : [{ path, message: `must be ${wanted}`, severity: 'error', code }];
  }
  if (notYet.has(field)) {
    return [{ path, message: 'is not supported yet and has no effect', severity: 'warning', code: 'not-yet' }];
  }
  const meant = didYouMean(field, [...Object.keys(checks), ...notYet]);
  const hint = meant === undefined ? {} : { hint: `did you mean \`${meant}\`?` };
  return [{ path, message: `unknown field \`${field}\``, severity: 'error', code: 'unknown-field', ...hint }];
}

/** `NONE` leaves the pod's traffic alone. TPROXY is not there yet. */
export function readInterceptionMode(annotations: Readonly<Record<string, string>>): {
  readonly mode: 'REDIRECT' | 'NONE';
  readonly issues: readonly Issue[];
} {
  const value = annotations[modeAnnotation] ?? 'REDIRECT';
  if (value === 'REDIRECT' || value === 'NONE') return { mode: value, issues: [] };
  const issue =
    value === 'TPROXY'
      ? issueAt(modeAnnotation, 'TPROXY is not supported yet', 'not-yet', 'use REDIRECT')
      : issueAt(modeAnnotation, `unknown mode \`${value}\``, 'bad-enum', 'one of REDIRECT, TPROXY, NONE');
  return { mode: 'REDIRECT', issues: [issue] };
}

const quantity = /^\d+(?:\.\d+)?(?:m|k|Ki|M|Mi|G|Gi|T|Ti)?$/;

/** `sidecar.istio.io/proxyCPU` and its siblings, as a container's `resources`. */
export function readProxyResources(annotations: Readonly<Record<string, string>>): {
  readonly resources: Record<string, Record<string, string>>;
  readonly issues: readonly Issue[];
} {
  const places = [
    ['sidecar.istio.io/proxyCPU', 'requests', 'cpu'],
    ['sidecar.istio.io/proxyMemory', 'requests', 'memory'],
    ['sidecar.istio.io/proxyCPULimit', 'limits', 'cpu'],
    ['sidecar.istio.io/proxyMemoryLimit', 'limits', 'memory'],
  ] as const;
  const resources: Record<string, Record<string, string>> = {};
  const issues: Issue[] = [];
  for (const [annotation, kind, name] of places) {
    const value = annotations[annotation];
    if (value === undefined) continue;
    if (!quantity.test(value)) {
      issues.push(issueAt(annotation, `\`${value}\` is no quantity`, 'bad-value', 'such as 100m or 128Mi'));
    }
    resources[kind] = { ...resources[kind], [name]: value };
  }
  return { resources, issues };
}
