// How to reach a Kubernetes API: address, credentials and trust, from a kubeconfig.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { MeshError } from '../../lib/mesh-error.ts';

export interface ClusterAccess {
  readonly server: URL;
  /** Read anew for each request: tokens in files are rotated. */
  readonly token: () => string;
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly skipVerify: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The kubeconfig's current context: token, token file, basic auth or client certificate, inline or as files beside it. Throws
 * `kubeconfig` when it has no current context, or wants a program run for a token.
 */
export function readClusterAccess(file: string): ClusterAccess {
  const bad = (what: string, cause?: unknown): MeshError =>
    new MeshError('kubeconfig', `kubeconfig ${file}: ${what}`, cause === undefined ? {} : { cause });
  let config: Fields;
  try {
    config = fieldsOf(parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw bad('cannot be read', error);
  }
  const context = entryOf(config, 'contexts', textOf(config, 'current-context'), 'context');
  const cluster = entryOf(config, 'clusters', textOf(context, 'cluster'), 'cluster');
  const user = entryOf(config, 'users', textOf(context, 'user'), 'user');
  if (!URL.canParse(textOf(cluster, 'server'))) throw bad('its current context names no cluster with a server');
  if (user['exec'] !== undefined || user['auth-provider'] !== undefined) {
    throw bad('its user gets a token by running a program, which Heddle does not do; give it a token or a certificate');
  }
  const folder = dirname(resolve(file));
  const content = (fields: Fields, name: string): string | undefined => {
    const inline = textOf(fields, `${name}-data`);
    if (inline !== '') return Buffer.from(inline, 'base64').toString('utf8');
    const path = textOf(fields, name);
    return path === '' ? undefined : readFileSync(resolve(folder, path), 'utf8');
  };
  return {
    server: new URL(textOf(cluster, 'server')),
    token: tokenReader(user, folder),
    ca: content(cluster, 'certificate-authority'),
    cert: content(user, 'client-certificate'),
    key: content(user, 'client-key'),
    skipVerify: cluster['insecure-skip-tls-verify'] === true,
  };
}

function tokenReader(user: Fields, folder: string): () => string {
  const token = textOf(user, 'token');
  const file = textOf(user, 'tokenFile');
  if (token !== '' || file === '') return () => token;
  return () => readFileSync(resolve(folder, file), 'utf8').trim();
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}

function entryOf(config: Fields, list: string, name: string, field: string): Fields {
  const entries = config[list];
  const entry: unknown = Array.isArray(entries) ? entries.find((each) => fieldsOf(each)['name'] === name) : undefined;
  return fieldsOf(fieldsOf(entry)[field]);
}
