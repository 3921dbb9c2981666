// The webhook's rules on a Sidecar. Source: Istio's pkg/config/validation.
import type { Issue } from '../../../lib/issue.ts';
import type { Resource } from '../kind.ts';
import { checkBind, checkPort, checkUnixPath, splitHostPort, unixPrefix } from '../parts/addresses.ts';
import { checkAnnotations } from '../parts/annotations.ts';
import { checkConnectionPool } from '../parts/connection-pool.ts';
import { checkDomain, checkWildcardDomain, isDnsLabel } from '../parts/host-names.ts';
import { type IssueList, issueList } from '../parts/issue-list.ts';
import { checkWorkloadSelector } from '../parts/labels.ts';
import { checkNamespacedHost } from '../parts/namespaced-host.ts';
import { checkProtocol, isHttpProtocol } from '../parts/protocols.ts';
import { checkServerTls } from '../parts/server-tls.ts';
import type { EgressBody, IngressBody, SidecarBody, SidecarSpec } from './schema.ts';

export function validateSidecar({ ref, metadata, body }: Resource<SidecarBody>): Issue[] {
  const list = issueList();
  const spec = body.spec ?? {};
  const { ingress = [], egress = [], outboundTrafficPolicy, inboundConnectionPool } = spec;
  checkAnnotations(metadata, list);
  checkWorkloadSelector(spec.workloadSelector, 'spec.workloadSelector', list);
  const empty = ingress.length + egress.length === 0;
  if (empty && outboundTrafficPolicy === undefined && inboundConnectionPool === undefined) {
    const fields = '`ingress`, `egress`, `outboundTrafficPolicy` and `inboundConnectionPool`';
    list.error('spec', 'missing', `it says nothing: one of ${fields} is needed`);
    return list.issues;
  }
  checkIngress(ingress, list);
  checkConnectionPool(inboundConnectionPool, 'spec.inboundConnectionPool', list);
  checkEgress(egress, ref.namespace, list);
  checkOutbound(outboundTrafficPolicy, list);
  return list.issues;
}

function checkIngress(ingress: readonly IngressBody[], list: IssueList): void {
  const ports = new Map<number, number>();
  for (const [index, listener] of ingress.entries()) {
    const path = `spec.ingress[${index}]`;
    const number = listener.port.number ?? 0;
    checkListenerPort(listener, path, list);
    list.add(`${path}.port.number`, checkPort(number));
    list.add(`${path}.bind`, checkBind(listener.bind ?? ''));
    const first = ports.get(number);
    if (first === undefined) ports.set(number, index);
    else list.error(`${path}.port.number`, 'duplicate', `${number} is already the port of spec.ingress[${first}]`);
    checkDefaultEndpoint(listener.defaultEndpoint ?? '', `${path}.defaultEndpoint`, list);
    checkIngressTls(listener.tls, `${path}.tls`, list);
    checkConnectionPool(listener.connectionPool, `${path}.connectionPool`, list);
    if (listener.connectionPool?.http !== undefined && !isHttpProtocol(listener.port.protocol ?? '')) {
      list.warning(`${path}.connectionPool.http`, 'crossing', 'has no effect: the protocol of the port is not HTTP');
    }
  }
}

function checkListenerPort({ port }: IngressBody | EgressBody, path: string, list: IssueList): void {
  if (port === undefined) return;
  if ((port.targetPort ?? 0) > 0) list.error(`${path}.port.targetPort`, 'bad-value', 'a sidecar has no target port');
  if ((port.name ?? '') !== '' && !isDnsLabel(port.name ?? '')) {
    list.error(`${path}.port.name`, 'bad-value', `\`${port.name}\` is not a port name`);
  }
  list.add(`${path}.port.protocol`, checkProtocol(port.protocol));
}

const endpointHosts: ReadonlySet<string> = new Set(['', '127.0.0.1', '0.0.0.0', '::1', '::']);
const endpointForms = 'such as `127.0.0.1:8080`, `0.0.0.0:8080` or `unix:///run/app.sock`';

function checkDefaultEndpoint(endpoint: string, path: string, list: IssueList): void {
  if (endpoint === '') return;
  if (endpoint.startsWith(unixPrefix)) {
    list.add(path, checkUnixPath(endpoint.slice(unixPrefix.length)));
    return;
  }
  const parts = splitHostPort(endpoint);
  if (parts === undefined) {
    list.error(path, 'bad-value', `\`${endpoint}\` is not an address with a port`, endpointForms);
    return;
  }
  if (!endpointHosts.has(parts.host)) {
    list.error(path, 'bad-value', `\`${parts.host}\` is not an address of the workload itself`, endpointForms);
  }
  if (!/^[-+]?\d+$/.test(parts.port)) list.error(path, 'bad-value', `\`${parts.port}\` is not a number`, endpointForms);
  else list.add(path, checkPort(Number(parts.port)));
}

function checkIngressTls(tls: IngressBody['tls'], path: string, list: IssueList): void {
  if (tls === undefined) return;
  const without: Readonly<Record<string, boolean>> = {
    subjectAltNames: (tls.subjectAltNames ?? []).length > 0,
    httpsRedirect: tls.httpsRedirect === true,
    credentialName: (tls.credentialName ?? '') !== '',
  };
  for (const [field, set] of Object.entries(without)) {
    if (set) list.error(`${path}.${field}`, 'bad-value', `a sidecar's port has no \`${field}\``);
  }
  if (tls.mode === 'ISTIO_MUTUAL' || tls.mode === 'AUTO_PASSTHROUGH') {
    list.error(`${path}.mode`, 'bad-value', `a sidecar's port has no \`mode: ${tls.mode}\``);
  }
  checkServerTls(tls, path, list);
}

function checkEgress(egress: readonly EgressBody[], namespace: string, list: IssueList): void {
  const used = new Map<string, number>();
  for (const [index, listener] of egress.entries()) {
    const path = `spec.egress[${index}]`;
    if (listener.port === undefined) {
      if (index < egress.length - 1) {
        list.error(path, 'crossing', 'a listener without `port` takes all that is left and has to be the last');
      }
    } else {
      checkEgressPort(listener, path, list);
      const number = listener.port.number ?? 0;
      const key = number === 0 ? (listener.bind ?? '') : String(number);
      const first = used.get(key);
      if (first === undefined) used.set(key, index);
      else list.error(`${path}.port`, 'duplicate', `\`${key}\` is already taken by spec.egress[${first}]`);
    }
    checkEgressHosts(listener.hosts, namespace, path, list);
  }
}

function checkEgressPort(listener: EgressBody, path: string, list: IssueList): void {
  const { bind = '', captureMode = 'DEFAULT', port } = listener;
  checkListenerPort(listener, path, list);
  if ((port?.number ?? 0) !== 0) {
    list.add(`${path}.port.number`, checkPort(port?.number ?? 0));
    list.add(`${path}.bind`, checkBind(bind));
    return;
  }
  if (bind.startsWith(unixPrefix)) list.add(`${path}.bind`, checkUnixPath(bind.slice(unixPrefix.length)));
  else list.error(`${path}.port.number`, 'crossing', 'a port without number needs a Unix socket in `bind`');
  if (captureMode === 'IPTABLES') list.error(`${path}.captureMode`, 'crossing', 'a Unix socket cannot be captured');
}

function checkEgressHosts(hosts: readonly string[], namespace: string, path: string, list: IssueList): void {
  if (hosts.length === 0) list.error(`${path}.hosts`, 'missing', 'at least one host is needed');
  const seen = new Map<string, string>();
  for (const [index, written] of hosts.entries()) {
    const at = `${path}.hosts[${index}]`;
    checkNamespacedHost(written, { at, gateway: false }, list);
    const key = written.startsWith('./') ? `${namespace}${written.slice(1)}` : written;
    const first = seen.get(key) ?? seen.get(`${key.slice(0, key.indexOf('/'))}/*`);
    if (first === undefined) seen.set(key, at);
    else list.warning(at, 'duplicate', `\`${written}\` is already covered by ${first}`);
  }
  if (hosts.length > 1 && hosts.includes('*/*')) {
    list.warning(`${path}.hosts`, 'duplicate', '`*/*` is everything; the other hosts add nothing');
  }
}

function checkOutbound(policy: SidecarSpec['outboundTrafficPolicy'], list: IssueList): void {
  const proxy = policy?.egressProxy;
  if (proxy === undefined) return;
  const path = 'spec.outboundTrafficPolicy.egressProxy';
  if (policy?.mode !== 'ALLOW_ANY') {
    list.error(path, 'crossing', 'needs `mode: ALLOW_ANY`');
    return;
  }
  list.add(`${path}.host`, checkDomain(proxy.host) ?? checkWildcardDomain(proxy.host));
  if (proxy.port === undefined) list.error(path, 'missing', '`port` is needed');
  else list.add(`${path}.port.number`, checkPort(proxy.port.number ?? 0));
  if ((proxy.subset ?? '') !== '' && !isDnsLabel(proxy.subset ?? '')) {
    list.error(`${path}.subset`, 'bad-value', `\`${proxy.subset}\` is not a subset name`);
  }
}
