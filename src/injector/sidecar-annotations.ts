// Reads `sidecar.istio.io/*` and its siblings: how the injected container looks. What is not read yet is said, not hidden.
import { didYouMean } from '../lib/did-you-mean.ts';
import type { Issue } from '../lib/issue.ts';
import type { Probe } from '../lib/kubernetes.ts';
import { issueAt } from './traffic-annotations.ts';

export interface SidecarLook {
  readonly image?: string;
  readonly logLevel?: string;
  readonly rewriteAppProbes?: boolean;
  /** Over the readiness probe that the injector gives. */
  readonly readiness: Pick<Probe, 'initialDelaySeconds' | 'periodSeconds' | 'failureThreshold'>;
}

const prefix = 'sidecar.istio.io/';
const readinessPrefix = 'readiness.status.sidecar.istio.io/';
const readinessFields = ['initialDelaySeconds', 'periodSeconds', 'failureThreshold'] as const;
const logLevels = ['trace', 'debug', 'info', 'warning', 'warn', 'error', 'critical', 'off'];

/** Read here, or by one of the other readers. */
const known = [
  'inject',
  'status',
  'interceptionMode',
  'proxyCPU',
  'proxyMemory',
  'proxyCPULimit',
  'proxyMemoryLimit',
  'proxyImage',
  'logLevel',
  'rewriteAppHTTPProbers',
  // Every sidecar is a native one here.
  'nativeSidecar',
];

const notYet = [
  'agentLogLevel',
  'bootstrapOverride',
  'capNetBindService',
  'componentLogLevel',
  'controlPlaneAuthPolicy',
  'discoveryAddress',
  'enableCoreDump',
  'extraStatTags',
  'proxyImageType',
  'statsCompression',
  'statsEvictionInterval',
  'statsHistogramBuckets',
  'statsInclusionPrefixes',
  'statsInclusionRegexps',
  'statsInclusionSuffixes',
  'userVolume',
  'userVolumeMount',
];

type Annotations = Readonly<Record<string, string>>;

export function readSidecarAnnotations(annotations: Annotations): {
  readonly look: SidecarLook;
  readonly issues: readonly Issue[];
} {
  const issues: Issue[] = [...unread(annotations)];
  const image = annotations[`${prefix}proxyImage`];
  const logLevel = annotations[`${prefix}logLevel`];
  if (logLevel !== undefined && !logLevels.includes(logLevel)) {
    issues.push(issueAt(`${prefix}logLevel`, `unknown level \`${logLevel}\``, 'bad-enum', logLevels.join(', ')));
  }
  const rewrite = annotations[`${prefix}rewriteAppHTTPProbers`];
  if (rewrite !== undefined && rewrite !== 'true' && rewrite !== 'false') {
    issues.push(issueAt(`${prefix}rewriteAppHTTPProbers`, 'must be true or false', 'wrong-type'));
  }
  const look = {
    ...(image === undefined ? {} : { image }),
    ...(logLevel === undefined ? {} : { logLevel }),
    ...(rewrite === undefined ? {} : { rewriteAppProbes: rewrite === 'true' }),
    readiness: readReadiness(annotations, issues),
  };
  return { look, issues };
}

function readReadiness(annotations: Annotations, issues: Issue[]): SidecarLook['readiness'] {
  const readiness: Record<string, number> = {};
  for (const field of readinessFields) {
    const name = readinessPrefix + field;
    const text = annotations[name];
    if (text === undefined) continue;
    if (/^\d{1,6}$/.test(text)) readiness[field] = Number(text);
    else issues.push(issueAt(name, `\`${text}\` must be a whole number`, 'wrong-type'));
  }
  return readiness;
}

function unread(annotations: Annotations): Issue[] {
  return Object.keys(annotations).flatMap((name): Issue[] => {
    if (name === 'status.sidecar.istio.io/port') return [warning(name, 'is not supported yet and has no effect')];
    if (!name.startsWith(prefix)) return [];
    const field = name.slice(prefix.length);
    if (known.includes(field)) return [];
    if (notYet.includes(field)) return [warning(name, 'is not supported yet and has no effect')];
    const meant = didYouMean(field, [...known, ...notYet]);
    const hint = meant === undefined ? {} : { hint: `did you mean \`${prefix}${meant}\`?` };
    return [{ ...warning(name, 'unknown annotation, it has no effect'), code: 'unknown-field', ...hint }];
  });
}

function warning(name: string, message: string): Issue {
  return { ...issueAt(name, message, 'not-yet'), severity: 'warning' };
}
