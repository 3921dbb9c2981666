// Gateway (Istio's): the ports that edge proxies open, and for which hosts.
import { isIP } from 'node:net';
import type { Issue } from '../../lib/issue.ts';
import type { Gateway, GatewayHost, GatewayProtocol, GatewayServer, GatewayTls } from '../../model/gateway.ts';
import { array, freeForm, type Infer, map, notYet, object, required, string, uint32 } from '../schema.ts';
import type { ConfigKind, KnownResources, Resource } from './kind.ts';
import { checkBind, checkPort, checkUnixPath, unixPrefix } from './parts/addresses.ts';
import { checkAnnotations } from './parts/annotations.ts';
import { isDnsLabel } from './parts/host-names.ts';
import { type IssueList, issueList } from './parts/issue-list.ts';
import { checkNamespacedHost } from './parts/namespaced-host.ts';
import { isHttpProtocol, isKnownProtocol, isTlsProtocol } from './parts/protocols.ts';
import { checkServerTls, serverTlsSchema } from './parts/server-tls.ts';

const server = object({
  port: required(
    object({
      number: required(uint32()),
      protocol: required(string()),
      name: required(string()),
      targetPort: uint32(),
    }),
  ),
  bind: string(),
  hosts: required(array(string())),
  tls: serverTlsSchema,
  defaultEndpoint: notYet(string(), 'Istio ignores it too'),
  name: string(),
});

const gatewaySchema = object({
  spec: object({ selector: map(string()), servers: array(server) }),
  status: freeForm(),
});

type Body = Infer<typeof gatewaySchema>;
type ServerBody = Infer<typeof server>;

export const gatewayKind: ConfigKind<Body> = {
  kind: 'Gateway',
  group: 'networking.istio.io',
  versions: ['v1', 'v1beta1', 'v1alpha3'],
  plural: 'gateways',
  namespaced: true,
  schema: gatewaySchema,
  validate,
  references,
  lower: (resource) => ({ gateways: [lowerGateway(resource)] }),
};

function validate({ ref, metadata, body }: Resource<Body>): Issue[] {
  const list = issueList();
  checkAnnotations(metadata, list);
  if (!isDnsLabel(ref.name)) {
    list.error('metadata.name', 'bad-value', `\`${ref.name}\` is not a gateway's name`, 'letters, digits and dashes');
  }
  const servers = body.spec?.servers ?? [];
  if (servers.length === 0) list.error('spec.servers', 'missing', 'at least one server is needed');
  const names = new Map<string, number>();
  for (const [index, each] of servers.entries()) {
    const path = `spec.servers[${index}]`;
    checkServer(each, path, list);
    const first = names.get(each.port.name);
    if (first === undefined) names.set(each.port.name, index);
    else
      list.error(
        `${path}.port.name`,
        'duplicate',
        `\`${each.port.name}\` is already the port name of spec.servers[${first}]`,
      );
  }
  return list.issues;
}

function checkServer(body: ServerBody, path: string, list: IssueList): void {
  if (body.hosts.length === 0) list.error(`${path}.hosts`, 'missing', 'at least one host is needed');
  for (const [index, host] of body.hosts.entries()) {
    checkNamespacedHost(host, { at: `${path}.hosts[${index}]`, gateway: true }, list);
  }
  const before = list.issues.length;
  checkServerPort(body, path, list);
  const portIsFine = list.issues.length === before;
  checkServerBind(body, path, list);
  checkServerTls(body.tls, `${path}.tls`, list);
  if (portIsFine) checkTlsFitsPort(body, path, list);
}

function checkServerPort({ port, bind = '' }: ServerBody, path: string, list: IssueList): void {
  if (!isKnownProtocol(port.protocol)) {
    const known = 'one of HTTP, HTTPS, GRPC, GRPC-WEB, HTTP2, MONGO, TCP, TLS';
    list.error(`${path}.port.protocol`, 'bad-enum', `\`${port.protocol}\` is not a protocol`, known);
  }
  if (port.number > 0 || !bind.startsWith(unixPrefix)) list.add(`${path}.port.number`, checkPort(port.number));
  if ((port.targetPort ?? 0) > 0) list.error(`${path}.port.targetPort`, 'bad-value', 'a gateway has no target port');
  if (port.name === '') list.error(`${path}.port.name`, 'missing', 'a port needs a name');
}

function checkServerBind({ port, bind = '' }: ServerBody, path: string, list: IssueList): void {
  if (!bind.startsWith(unixPrefix)) {
    list.add(`${path}.bind`, checkBind(bind));
    return;
  }
  list.add(`${path}.bind`, checkUnixPath(bind.slice(unixPrefix.length)));
  if (port.number !== 0) list.error(`${path}.port.number`, 'crossing', 'has to be 0 with a Unix socket in `bind`');
}

function checkTlsFitsPort({ port, tls }: ServerBody, path: string, list: IssueList): void {
  const secure = isTlsProtocol(port.protocol);
  if (secure && tls === undefined) {
    list.error(`${path}.tls`, 'missing', `protocol ${port.protocol} needs \`tls\` settings`);
  }
  if (tls?.httpsRedirect === true && !isHttpProtocol(port.protocol)) {
    list.warning(`${path}.tls.httpsRedirect`, 'crossing', 'only plain HTTP can be redirected to HTTPS');
  }
  if (secure || tls === undefined) return;
  if (!isHttpProtocol(port.protocol)) {
    list.error(`${path}.tls`, 'crossing', `protocol ${port.protocol} excludes \`tls\` settings`);
    return;
  }
  const passes = (tls.mode ?? 'PASSTHROUGH') === 'PASSTHROUGH' || tls.mode === 'AUTO_PASSTHROUGH';
  const files = [tls.caCertificates, tls.privateKey, tls.serverCertificate];
  if (!passes || files.some((file) => (file ?? '') !== '')) {
    list.error(`${path}.tls`, 'crossing', 'plain HTTP has no `tls` settings but `httpsRedirect`');
  }
}

function references({ body }: Resource<Body>, known: KnownResources): Issue[] {
  const list = issueList();
  const selector = body.spec?.selector ?? {};
  if (Object.keys(selector).length > 0 && !known.hasWorkload('*', selector)) {
    list.warning('spec.selector', 'dangling', 'no workload has these labels, so that nothing opens these ports');
  }
  return list.issues;
}

function lowerGateway({ ref, createdAtMs, body }: Resource<Body>): Gateway {
  return {
    provenance: { resource: ref, path: '' },
    createdAtMs,
    namespace: ref.namespace,
    name: ref.name,
    selector: body.spec?.selector ?? {},
    servers: (body.spec?.servers ?? []).map(
      (each, index): GatewayServer => ({
        provenance: { resource: ref, path: `spec.servers[${index}]` },
        name: each.name ?? '',
        port: { number: each.port.number, name: each.port.name, protocol: lowerProtocol(each.port.protocol) },
        bind: each.bind ?? '',
        hosts: each.hosts.map((host) => lowerHost(host, ref.namespace)),
        tls: lowerTls(each.tls, isTlsProtocol(each.port.protocol)),
      }),
    ),
  };
}

const protocols: Readonly<Record<string, GatewayProtocol>> = {
  http: 'http',
  http_proxy: 'http',
  http2: 'http2',
  grpc: 'grpc',
  'grpc-web': 'grpc',
  https: 'https',
  tls: 'tls',
  hbone: 'hbone',
  'double-hbone': 'hbone',
  mongo: 'mongo',
};

function lowerProtocol(protocol: string): GatewayProtocol {
  return protocols[protocol.toLowerCase()] ?? 'tcp';
}

/** Without a namespace any namespace may bind to the host. */
function lowerHost(host: string, namespace: string): GatewayHost {
  const slash = host.indexOf('/');
  const written = slash < 0 ? '*' : host.slice(0, slash);
  const name = host.slice(slash + 1);
  return { namespace: written === '.' ? namespace : written, host: isIP(name) === 0 ? name.toLowerCase() : name };
}

const modes = {
  PASSTHROUGH: 'passthrough',
  SIMPLE: 'simple',
  MUTUAL: 'mutual',
  AUTO_PASSTHROUGH: 'auto-passthrough',
  ISTIO_MUTUAL: 'istio-mutual',
  OPTIONAL_MUTUAL: 'optional-mutual',
} as const;

/** On a TLS port no mode means PASSTHROUGH, the first value of the enum. */
function lowerTls(tls: ServerBody['tls'], secure: boolean): GatewayTls | undefined {
  if (tls === undefined) return undefined;
  return {
    httpsRedirect: tls.httpsRedirect === true,
    mode: tls.mode === undefined ? (secure ? 'passthrough' : 'unset') : modes[tls.mode],
    credentialName: tls.credentialName ?? tls.credentialNames?.[0] ?? '',
  };
}
