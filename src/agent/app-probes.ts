// Asks the application what a kubelet wants to know: the probes that the injector sent to the agent instead.
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { describeError, MeshError } from '../lib/mesh-error.ts';
import { GrpcStream } from '../lib/grpc-stream.ts';
import type { Answer } from './health-server.ts';

/** One entry of `ISTIO_KUBE_APP_PROBERS`: a Kubernetes probe with its port as a number. */
export interface AppProbe {
  readonly httpGet?: {
    readonly path?: string;
    readonly port: number;
    readonly scheme?: string;
    readonly httpHeaders?: readonly { readonly name: string; readonly value: string }[];
  };
  readonly tcpSocket?: { readonly port: number };
  readonly grpc?: { readonly port: number; readonly service?: string };
  readonly timeoutSeconds?: number;
}

/** Where from: the redirect rules let this address through to the application itself. */
const ownAddress = '127.0.0.6';
const maxBodyBytes = 10_240;
const healthMethod = '/grpc.health.v1.Health/Check';

/** Never rejects: an application that does not answer is not healthy, which is a 500. */
export async function probeApp(probe: AppProbe, host: string, headers: IncomingHttpHeaders): Promise<Answer> {
  const signal = AbortSignal.timeout((probe.timeoutSeconds || 1) * 1000);
  try {
    if (probe.httpGet !== undefined) return await probeHttp(probe.httpGet, host, headers, signal);
    if (probe.tcpSocket !== undefined) await probeTcp(probe.tcpSocket.port, host, signal);
    else if (probe.grpc !== undefined) await probeGrpc(probe.grpc, host, signal);
    return { status: 200, body: '' };
  } catch (error) {
    return { status: 500, body: `${describeError(error)}\n` };
  }
}

type HttpGet = NonNullable<AppProbe['httpGet']>;

/** Certificates are not looked at, as a kubelet does it; redirects are the kubelet's to judge. */
function probeHttp(get: HttpGet, host: string, incoming: IncomingHttpHeaders, signal: AbortSignal): Promise<Answer> {
  const { path = '/', port, scheme = 'HTTP', httpHeaders = [] } = get;
  const own = Object.fromEntries(httpHeaders.map(({ name, value }) => [name.toLowerCase(), value]));
  const isTls = scheme.toUpperCase() === 'HTTPS';
  const headers = {
    'user-agent': incoming['user-agent'] ?? 'kube-probe/heddle',
    accept: '*/*',
    connection: 'close',
    ...own,
  };
  return new Promise((resolve, reject) => {
    const options = {
      host,
      port,
      path: path.startsWith('/') ? path : `/${path}`,
      headers,
      signal,
      agent: false as const,
    };
    const sent = (isTls ? httpsRequest : httpRequest)({
      ...options,
      localAddress: ownAddress,
      rejectUnauthorized: false,
    });
    sent.once('error', reject);
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const done = () => {
        resolve({ status: response.statusCode ?? 500, body: Buffer.concat(chunks).toString().slice(0, maxBodyBytes) });
        sent.destroy();
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes >= maxBodyBytes) done();
      });
      response.once('end', done);
      response.once('error', reject);
    });
    sent.end();
  });
}

function probeTcp(port: number, host: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, localAddress: ownAddress, signal });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

/** grpc.health.v1: the request is `{service = 1}`, the answer `{status = 1}` with SERVING as 1. */
function probeGrpc(grpc: NonNullable<AppProbe['grpc']>, host: string, signal: AbortSignal): Promise<void> {
  const service = Buffer.from((grpc.service ?? '').slice(0, 127));
  const question = service.length === 0 ? service : Buffer.concat([Buffer.from([0x0a, service.length]), service]);
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new MeshError('app-probe', why));
    const stream = new GrpcStream({
      address: `${host}:${grpc.port}`,
      method: healthMethod,
      localAddress: ownAddress,
      onMessage: (answer) => {
        stream.close();
        if (answer[0] === 0x08 && answer[1] === 1) resolve();
        else fail(`health status ${answer[1] ?? 0}`);
      },
      onEnd: fail,
    });
    signal.addEventListener('abort', () => {
      stream.close();
      fail('no answer in time');
    });
    stream.write(question);
    stream.finish();
  });
}
