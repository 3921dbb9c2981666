// The webhook's rules on a DestinationRule. Source: Istio's pkg/config/validation.
import type { Issue } from '../../../lib/issue.ts';
import type { Resource } from '../kind.ts';
import { checkIp, checkPort } from '../parts/addresses.ts';
import { checkAnnotations } from '../parts/annotations.ts';
import { checkClientTls } from '../parts/client-tls.ts';
import { checkConnectionPool } from '../parts/connection-pool.ts';
import { checkDuration, checkDurationText } from '../parts/durations.ts';
import { checkExportTo } from '../parts/export-to.ts';
import { checkDomain, checkWildcardDomain, isDnsLabel } from '../parts/host-names.ts';
import { type IssueList, issueList } from '../parts/issue-list.ts';
import { checkLabels } from '../parts/labels.ts';
import { checkLoadBalancer } from '../parts/load-balancer.ts';
import type {
  DestinationRuleBody,
  DestinationRuleSpec,
  OutlierDetectionBody,
  PortPolicyBody,
  TrafficPolicyBody,
} from './schema.ts';

export function validateDestinationRule({ ref, metadata, body }: Resource<DestinationRuleBody>): Issue[] {
  const list = issueList();
  checkAnnotations(metadata, list);
  const { spec } = body;
  if (spec === undefined) {
    list.error('spec', 'missing', '`spec` with a `host` is needed');
    return list.issues;
  }
  list.add('spec.host', checkWildcardDomain(spec.host));
  checkTrafficPolicy(spec.trafficPolicy, ref.namespace, 'spec.trafficPolicy', list);
  checkSubsets(spec.subsets ?? [], ref.namespace, list);
  checkExportTo(spec.exportTo, ref.namespace, list);
  checkSelector(spec, ref.namespace, list);
  return list.issues;
}

function checkSubsets(subsets: NonNullable<DestinationRuleSpec['subsets']>, namespace: string, list: IssueList): void {
  const first = new Map<string, number>();
  for (const [index, subset] of subsets.entries()) {
    const path = `spec.subsets[${index}]`;
    const other = first.get(subset.name);
    if (other === undefined) first.set(subset.name, index);
    else list.error(`${path}.name`, 'duplicate', `\`${subset.name}\` is already the name of spec.subsets[${other}]`);
    if (!isDnsLabel(subset.name)) {
      list.error(`${path}.name`, 'bad-value', `\`${subset.name}\` is not a subset name`, 'letters, digits and dashes');
    }
    checkLabels(subset.labels, `${path}.labels`, list);
    checkTrafficPolicy(subset.trafficPolicy, namespace, `${path}.trafficPolicy`, list);
  }
}

/** A rule that is only for some clients is only for clients of its own namespace. */
function checkSelector(spec: DestinationRuleSpec, namespace: string, list: IssueList): void {
  if (spec.workloadSelector === undefined) return;
  if (Object.keys(spec.workloadSelector.matchLabels ?? {}).length === 0) {
    list.warning(
      'spec.workloadSelector',
      'bad-value',
      'a selector without labels selects every workload of the namespace',
    );
  }
  const exportTo = new Set((spec.exportTo ?? []).map((entry) => (entry === '.' ? namespace : entry)));
  if (exportTo.size === 0 || (exportTo.size === 1 && exportTo.has(namespace))) return;
  list.error('spec.exportTo', 'crossing', 'with a `workloadSelector` it may only name its own namespace');
}

function checkTrafficPolicy(
  policy: TrafficPolicyBody | undefined,
  namespace: string,
  path: string,
  list: IssueList,
): void {
  if (policy === undefined) return;
  const { portLevelSettings, tunnel, proxyProtocol, retryBudget } = policy;
  const others = [portLevelSettings, tunnel, proxyProtocol, retryBudget];
  if (hasNothing(policy) && others.every((field) => field === undefined)) {
    list.error(path, 'missing', 'a traffic policy needs at least one field');
    return;
  }
  if (tunnel !== undefined && proxyProtocol !== undefined) {
    list.error(`${path}.proxyProtocol`, 'crossing', '`tunnel` excludes `proxyProtocol`');
    return;
  }
  checkPortPolicy(policy, namespace, path, list);
  for (const [index, setting] of (portLevelSettings ?? []).entries()) {
    const at = `${path}.portLevelSettings[${index}]`;
    if (setting.port === undefined) list.error(at, 'missing', '`port` is needed');
    if (hasNothing(setting)) list.error(at, 'missing', 'a port policy needs at least one field besides `port`');
    checkPortPolicy(setting, namespace, at, list);
  }
  checkTunnel(tunnel, `${path}.tunnel`, list);
  list.add(`${path}.retryBudget.budgetInterval`, checkDurationText(retryBudget?.budgetInterval));
}

function hasNothing(policy: PortPolicyBody | TrafficPolicyBody): boolean {
  const { outlierDetection, connectionPool, loadBalancer, tls } = policy;
  return [outlierDetection, connectionPool, loadBalancer, tls].every((field) => field === undefined);
}

function checkPortPolicy(
  policy: PortPolicyBody | TrafficPolicyBody,
  namespace: string,
  path: string,
  list: IssueList,
): void {
  checkOutlierDetection(policy.outlierDetection, `${path}.outlierDetection`, list);
  checkConnectionPool(policy.connectionPool, `${path}.connectionPool`, list);
  checkLoadBalancer(policy.loadBalancer, policy.outlierDetection !== undefined, `${path}.loadBalancer`, list);
  checkClientTls(policy.tls, namespace, `${path}.tls`, list);
}

function checkOutlierDetection(outlier: OutlierDetectionBody | undefined, path: string, list: IssueList): void {
  if (outlier === undefined) return;
  list.add(`${path}.baseEjectionTime`, checkDuration(outlier.baseEjectionTime));
  list.add(`${path}.interval`, checkDuration(outlier.interval));
  if ((outlier.consecutiveErrors ?? 0) !== 0) {
    list.warning(
      `${path}.consecutiveErrors`,
      'bad-value',
      '`consecutiveErrors` is deprecated',
      'use `consecutive5xxErrors`',
    );
  }
  if (outlier.splitExternalLocalOriginErrors !== true && (outlier.consecutiveLocalOriginFailures ?? 0) > 0) {
    list.error(
      `${path}.consecutiveLocalOriginFailures`,
      'crossing',
      'has no effect without `splitExternalLocalOriginErrors: true`',
    );
  }
  for (const field of ['maxEjectionPercent', 'minHealthPercent'] as const) {
    const value = outlier[field] ?? 0;
    if (value < 0 || value > 100)
      list.error(`${path}.${field}`, 'out-of-range', `${value} is out of range`, '0 to 100');
  }
}

function checkTunnel(tunnel: TrafficPolicyBody['tunnel'], path: string, list: IssueList): void {
  if (tunnel === undefined) return;
  if (!['', 'CONNECT', 'POST'].includes(tunnel.protocol ?? '')) {
    list.error(`${path}.protocol`, 'bad-enum', `\`${tunnel.protocol}\` is not a known value`, 'one of CONNECT, POST');
  }
  if (checkIp(tunnel.targetHost) !== undefined) list.add(`${path}.targetHost`, checkDomain(tunnel.targetHost));
  list.add(`${path}.targetPort`, checkPort(tunnel.targetPort));
}
