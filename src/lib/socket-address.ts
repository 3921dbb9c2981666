// Where a server listens: a Unix socket, or a host and a port; and how such an address is written.

export type SocketAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/** As gRPC writes them: `unix:/path`, `host:port`, `[::1]:port`. undefined for anything else. */
export function parseSocketAddress(text: string): SocketAddress | undefined {
  const path = /^unix:(?:\/\/)?(\/.*)$/.exec(text)?.[1];
  if (path !== undefined) return { path };
  const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(text) ?? [];
  return host === '' || Number(port) > 65_535 ? undefined : { host, port: Number(port) };
}

/** The other way: IPv6 in brackets. */
export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
