// MeshConfig: the mesh-wide settings, from the ConfigMap `istio` or from a file of their own.
import { parseDuration } from '../../lib/duration.ts';
import type { Issue } from '../../lib/issue.ts';
import { defaultMeshSettings, type MeshSettings } from '../../model/mesh-settings.ts';
import { checkSchema } from '../schema/check.ts';
import {
  array,
  duration,
  freeForm,
  type Infer,
  integer,
  notYet,
  object,
  oneOf,
  type Schema,
  string,
} from '../schema.ts';

/** MeshConfig's other fields (istio.mesh.v1alpha1), so that a slip of the pen is told from what is yet to be done. */
const laterFields = `accessLogTlsCert authPolicy ca caCertificates certificates configSources defaultHttpRetryPolicy
  defaultProviders disableEnvoyListenerLog discoverySelectors dnsRefreshRate enableAutoMtls enableEnvoyAccessLogService
  enablePrometheusMerge enableTracing extensionProviders h2UpgradePolicy hboneIdleTimeout inboundClusterStatName
  inboundTrafficPolicy ingressClass ingressControllerMode ingressSelector ingressService localityLbSetting mixerAddress
  meshMTLS outboundClusterStatName proxyHttpPort proxyInboundListenPort proxyListenPort serviceScopeConfigs
  serviceSettings tcpKeepalive thriftConfig tlsDefaults trustDomainAliases verifyCertificateAtClient
  virtualServiceDelegate`;

const laterProxyFields = `availabilityZone binaryPath caCertificatesPem configPath controlPlaneAuthPolicy customConfigFile
  discoveryAddress discoveryRefreshDelay drainDuration envoyAccessLogService envoyMetricsService
  extraStatTags fileFlushInterval fileFlushMinSizeKb gatewayTopology holdApplicationUntilProxyStarts image
  interceptionMode meshId parentShutdownDuration privateKeyProvider proxyAdminPort proxyBootstrapTemplatePath
  proxyHeaders proxyMetadata proxyStatsMatcher readinessProbe runtimeValues sds serviceCluster statNameLength
  statsdUdpAddress statusPort terminationDrainDuration tracing tracingServiceName zipkinAddress`;

function later(names: string): Record<never, Schema> {
  const entry = (name: string): [string, Schema] => [name, notYet(freeForm(), 'it has no effect')];
  return Object.fromEntries(names.split(/\s+/).map(entry));
}

const normalizations = ['DEFAULT', 'NONE', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES'] as const;

export const meshConfigSchema = object({
  rootNamespace: string(),
  trustDomain: string(),
  outboundTrafficPolicy: object({ mode: oneOf(['ALLOW_ANY', 'REGISTRY_ONLY']) }),
  accessLogFile: string(),
  accessLogFormat: string(),
  accessLogEncoding: oneOf(['TEXT', 'JSON']),
  defaultServiceExportTo: array(string()),
  defaultVirtualServiceExportTo: array(string()),
  defaultDestinationRuleExportTo: array(string()),
  connectTimeout: duration({ minMs: 1 }),
  protocolDetectionTimeout: duration({ minMs: 0 }),
  pathNormalization: object({ normalization: oneOf(normalizations) }),
  defaultConfig: object({ concurrency: integer({ min: 0 }), ...later(laterProxyFields) }),
  ...later(laterFields),
});

type MeshConfig = Infer<typeof meshConfigSchema>;

/** Checks a parsed MeshConfig and lowers it over Istio's defaults. `path` is where it stands in its document. */
export function readMeshConfig(value: unknown, path = ''): { settings: MeshSettings; issues: Issue[] } {
  const { issues, value: config } = checkSchema(meshConfigSchema, value, path);
  return { settings: lowerMeshConfig(config), issues };
}

const pathNormalization: Readonly<Record<(typeof normalizations)[number], MeshSettings['pathNormalization']>> = {
  DEFAULT: defaultMeshSettings.pathNormalization,
  NONE: 'none',
  BASE: 'base',
  MERGE_SLASHES: 'merge-slashes',
  DECODE_AND_MERGE_SLASHES: 'decode-and-merge-slashes',
};

const outboundPolicy = { ALLOW_ANY: 'allow-any', REGISTRY_ONLY: 'registry-only' } as const;

function lowerMeshConfig(config: MeshConfig): MeshSettings {
  const base = defaultMeshSettings;
  const mode = config.outboundTrafficPolicy?.mode;
  return {
    rootNamespace: config.rootNamespace || base.rootNamespace,
    trustDomain: config.trustDomain || base.trustDomain,
    domain: base.domain,
    outboundPolicy: mode === undefined ? base.outboundPolicy : outboundPolicy[mode],
    accessLogFile: config.accessLogFile ?? base.accessLogFile,
    accessLogFormat: config.accessLogFormat ?? base.accessLogFormat,
    accessLogEncoding: config.accessLogEncoding === 'JSON' ? 'json' : 'text',
    defaultServiceExportTo: config.defaultServiceExportTo ?? base.defaultServiceExportTo,
    defaultVirtualServiceExportTo: config.defaultVirtualServiceExportTo ?? base.defaultVirtualServiceExportTo,
    defaultDestinationRuleExportTo: config.defaultDestinationRuleExportTo ?? base.defaultDestinationRuleExportTo,
    connectTimeoutMs: milliseconds(config.connectTimeout) ?? base.connectTimeoutMs,
    pathNormalization: pathNormalization[config.pathNormalization?.normalization ?? 'DEFAULT'],
    protocolDetectionTimeoutMs: milliseconds(config.protocolDetectionTimeout) ?? base.protocolDetectionTimeoutMs,
    concurrency: config.defaultConfig?.concurrency ?? base.concurrency,
  };
}

function milliseconds(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}
