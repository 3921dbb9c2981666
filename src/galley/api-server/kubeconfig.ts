// The kubeconfig through which kubectl and our own commands find the API. `sources/cluster-access` reads it.
import { randomBytes } from 'node:crypto';

export interface ApiAddress {
  /** `http://127.0.0.1:PORT`, without credentials. */
  readonly server: string;
  readonly token: string;
}

export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * JSON is YAML, and needs no quoting rules. Write it with mode 0600: it holds the token.
 * kubectl sends no token over plain HTTP, but it does send what the server's URL has: so the current context has the token
 * there too. Programs that take no URL with a password find a plain one first.
 */
export function kubeconfigText({ server, token }: ApiAddress): string {
  const url = new URL(server);
  url.username = 'heddle';
  url.password = token;
  const context = (name: string): object => ({ name, context: { cluster: name, user: 'heddle' } });
  const cluster = (name: string, address: string): object => ({
    name,
    cluster: { server: address.replace(/\/$/, '') },
  });
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [cluster('plain', server), cluster('heddle', url.href)],
    users: [{ name: 'heddle', user: { token } }],
    contexts: [context('plain'), context('heddle')],
    'current-context': 'heddle',
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
