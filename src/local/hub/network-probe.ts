// Runs one probe from the hub into a pod, as a kubelet does: an answer of 200 to 399, or a connection, is success.
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect } from 'node:net';
import type { NetworkProbe, ProbeOutcome } from '../network/hub-messages.ts';

export function runNetworkProbe(probe: NetworkProbe, timeoutMs: number): Promise<ProbeOutcome> {
  return probe.kind === 'http' ? probeHttp(probe, timeoutMs) : probeTcp(probe, timeoutMs);
}

function probeTcp({ address, port }: NetworkProbe, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: timeoutMs });
    const done = (ok: boolean, message: string): void => {
      socket.destroy();
      resolve({ ok, message });
    };
    socket.on('connect', () => done(true, ''));
    socket.on('timeout', () => done(false, `${address}:${port}: no answer in ${timeoutMs} ms`));
    socket.on('error', (error) => done(false, error.message));
  });
}

function probeHttp(probe: NetworkProbe & { kind: 'http' }, timeoutMs: number): Promise<ProbeOutcome> {
  const { address, port, path, tls, headers } = probe;
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const send = tls ? requestHttps : requestHttp;
    const options = {
      host: address,
      port,
      path,
      signal,
      agent: false as const,
      rejectUnauthorized: false,
      headers: { 'user-agent': 'kube-probe/heddle', connection: 'close', ...Object.fromEntries(headers) },
    };
    const request = send(options, (response) => {
      const status = response.statusCode ?? 0;
      response.destroy();
      const ok = status >= 200 && status < 400;
      resolve({ ok, message: ok ? '' : `GET ${path} on port ${port} answered ${status}` });
    });
    request.on('error', (error) => {
      const message = signal.aborted ? `no answer in ${timeoutMs} ms` : error.message;
      resolve({ ok: false, message: `GET ${path} on port ${port}: ${message}` });
    });
    request.end();
  });
}
