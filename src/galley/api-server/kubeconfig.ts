// The kubeconfig through which kubectl and our own commands find the API: written and read.
import { randomBytes } from 'node:crypto';
import { parse } from 'yaml';
import { MeshError } from '../../lib/mesh-error.ts';

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

/** Cluster and user of the current context. Throws `kubeconfig` when it has none. */
export function readKubeconfig(text: string): ApiAddress {
  const config: unknown = parse(text);
  const context = named(config, 'contexts', textOf(config, 'current-context'), 'context');
  const cluster = named(config, 'clusters', textOf(context, 'cluster'), 'cluster');
  const user = named(config, 'users', textOf(context, 'user'), 'user');
  const server = textOf(cluster, 'server');
  if (server === '') throw new MeshError('kubeconfig', 'the kubeconfig has no cluster in its current context');
  const url = new URL(server);
  const token = textOf(user, 'token') || decodeURIComponent(url.password);
  url.username = '';
  url.password = '';
  return { server: url.href.replace(/\/$/, ''), token };
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function textOf(value: unknown, key: string): string {
  const text = field(value, key);
  return typeof text === 'string' ? text : '';
}

function named(config: unknown, list: string, name: string, key: string): unknown {
  const entries = field(config, list);
  const entry: unknown = Array.isArray(entries)
    ? entries.find((each: unknown) => field(each, 'name') === name)
    : undefined;
  return field(entry, key);
}
