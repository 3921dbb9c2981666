// A plain client of a mesh's embedded API and of its control plane, for tests.
import { request } from 'node:http';
import { join } from 'node:path';
import { definitionOfKind } from '../../src/galley/api-server/resource-definitions.ts';
import { readClusterAccess } from '../../src/galley/sources/cluster-access.ts';
import type { KubernetesObject } from '../../src/lib/kubernetes.ts';

export interface Answer<T = KubernetesObject> {
  readonly status: number;
  readonly body: T;
  readonly warnings: readonly string[];
}

export function pathOf(
  object: Pick<KubernetesObject, 'apiVersion' | 'kind'> & { metadata?: { namespace?: string } },
): string {
  const definition = definitionOfKind(object.apiVersion, object.kind);
  const plural = definition?.plural ?? `${object.kind.toLowerCase()}s`;
  const base = object.apiVersion.includes('/') ? `/apis/${object.apiVersion}` : `/api/${object.apiVersion}`;
  const scope = definition?.namespaced === false ? '' : `/namespaces/${object.metadata?.namespace ?? 'default'}`;
  return `${base}${scope}/${plural}`;
}

export class MeshApi {
  readonly #server: string;
  readonly #token: string;
  readonly #controlSocket: string;

  constructor(stateFolder: string) {
    const { server, token } = readClusterAccess(join(stateFolder, 'kubeconfig'));
    this.#server = server.origin;
    this.#token = token();
    this.#controlSocket = join(stateFolder, 'control.sock');
  }

  async call<T = KubernetesObject>(
    method: string,
    path: string,
    body?: unknown,
    contentType = 'application/json',
  ): Promise<Answer<T>> {
    const response = await fetch(this.#server + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': contentType }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    });
    const warnings = response.headers.get('warning');
    return {
      status: response.status,
      body: (await response.json()) as T,
      warnings: warnings === null ? [] : [warnings],
    };
  }

  create(object: KubernetesObject): Promise<Answer> {
    return this.call('POST', `${pathOf(object)}?fieldValidation=Ignore`, object);
  }

  async list(apiVersion: string, kind: string, namespace?: string): Promise<KubernetesObject[]> {
    const path = pathOf({ apiVersion, kind, metadata: namespace === undefined ? {} : { namespace } });
    const all = namespace === undefined ? path.replace('/namespaces/default', '') : path;
    const { body } = await this.call<{ items: KubernetesObject[] }>('GET', all);
    return body.items;
  }

  remove(object: KubernetesObject): Promise<Answer> {
    return this.call('DELETE', `${pathOf(object)}/${object.metadata.name}`);
  }

  /** Waits until every proxy has acknowledged all that follows from the API's state at `resourceVersion`. */
  async settled(resourceVersion: string, timeoutMs = 10_000): Promise<void> {
    const path = `/debug/wait?resourceVersion=${resourceVersion}&timeoutMs=${timeoutMs}`;
    const { status, body } = await this.control(path, timeoutMs + 2000);
    if (status !== 200) throw new Error(`the mesh did not settle in ${timeoutMs} ms: ${body}`);
  }

  control(path: string, timeoutMs = 5000): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const outgoing = request({ socketPath: this.#controlSocket, path, timeout: timeoutMs }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer to ${path} in ${timeoutMs} ms`)));
      outgoing.on('error', reject);
      outgoing.end();
    });
  }
}
