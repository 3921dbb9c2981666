// The host's listening sockets through which the ingress gateway is reached: `--publish ADDRESS:PORT[=SERVICE_PORT]`.
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { MeshError } from '../../lib/mesh-error.ts';
import { hostPort } from '../../lib/socket-address.ts';
import { portOwner } from './port-owner.ts';
import type { PortOwner } from './port-owner.ts';
import type { PublishedPort } from './up-options.ts';

/** `8080`, `127.0.0.1:8080`, `0.0.0.0:8443=443`. Throws MeshError `usage`. */
export function parsePublish(text: string): PublishedPort {
  const match = /^(?:\[?([^\]=]*?)\]?:)?(\d+)(?:=(\d+))?$/.exec(text);
  const [, address = '127.0.0.1', port = '', servicePort = '80'] = match ?? [];
  if (match === null || Number(port) > 65_535 || Number(servicePort) > 65_535) {
    throw new MeshError(
      'usage',
      `--publish ${text}: want ADDRESS:PORT[=SERVICE_PORT], such as 127.0.0.1:8080, or none`,
    );
  }
  return {
    text,
    address: address === 'localhost' || address === '' ? '127.0.0.1' : address,
    port: Number(port),
    servicePort: Number(servicePort),
  };
}

/** As people type it. */
export function publishedUrl({ address, port }: PublishedPort): string {
  const host = address === '127.0.0.1' || address === '0.0.0.0' ? 'localhost' : address;
  return `http://${hostPort(host, port)}`;
}

function ownerText(owner: PortOwner | undefined): string {
  if (owner === undefined) return 'another process';
  // The helper is a process that no user has started by that name.
  if (owner.command.includes('hub-helper')) return `the gateway of another \`heddle up\` (pid ${owner.pid})`;
  return `pid ${owner.pid} (${owner.command.slice(0, 120)})`;
}

/** Throws MeshError `port-taken` that names the owner and the flag. */
export async function openPublished({ address, port }: PublishedPort): Promise<Server> {
  const server = createServer({ allowHalfOpen: true });
  try {
    await new Promise<void>((done, fail) => {
      server.once('error', fail);
      server.listen({ host: address, port, exclusive: true }, done);
    });
    return server;
  } catch (cause) {
    const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    if (!taken) throw new MeshError('publish', `cannot listen on ${address}:${port}`, { cause });
    const owner = portOwner(port);
    const who = ownerText(owner);
    const advice = `end that, or give another port: --publish ${address}:${port + 1}, or none: --publish none`;
    throw new MeshError('port-taken', `port ${port} on ${address} is taken by ${who}; ${advice}`);
  }
}
