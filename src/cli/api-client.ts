// A client of the embedded API: finds it by the state folder's kubeconfig, and speaks Kubernetes' paths.
import { existsSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { ApiError, type StatusBody } from '../galley/api-server/api-error.ts';
import type { ApiAddress } from '../galley/api-server/kubeconfig.ts';
import { apiVersionOf, type ResourceDefinition } from '../galley/api-server/resource-definitions.ts';
import { readClusterAccess } from '../galley/sources/cluster-access.ts';
import type { KubernetesObject } from '../lib/kubernetes.ts';
import { MeshError } from '../lib/mesh-error.ts';
import type { StateFolder } from '../local/state/state-folder.ts';

export interface ApiAnswer<T> {
  readonly body: T;
  /** What the server wants people to know, without its protocol's wrapping. */
  readonly warnings: readonly string[];
}

export interface ApiRequest {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

export class ApiClient {
  readonly #address: ApiAddress;

  constructor(address: ApiAddress) {
    this.#address = address;
  }

  /** Throws `no-mesh` when nothing runs there. */
  static open(state: StateFolder): ApiClient {
    if (!existsSync(state.kubeconfig)) throw noMesh(state.path);
    const { server, token } = readClusterAccess(state.kubeconfig);
    return new ApiClient({ server: server.origin, token: token() });
  }

  /** Throws the `ApiError` that the server answered, or `no-mesh` when nobody listens. */
  async send<T>(call: ApiRequest, signal?: AbortSignal): Promise<ApiAnswer<T>> {
    const response = await this.#open(call, signal);
    const body = await text(response);
    const { statusCode = 0 } = response;
    if (statusCode >= 400) throw apiErrorOf(statusCode, body);
    return { body: JSON.parse(body), warnings: warningsOf(response) };
  }

  /** `undefined` when there is no such object. */
  async find(definition: ResourceDefinition, namespace: string, name: string): Promise<KubernetesObject | undefined> {
    try {
      const answer = await this.send<KubernetesObject>({ path: objectPath(definition, namespace, name) });
      return answer.body;
    } catch (error) {
      if (error instanceof ApiError && error.httpStatus === 404) return undefined;
      throw error;
    }
  }

  /** Events of a watch, until the server ends it or `signal` aborts. */
  async *watch<T>(path: string, accept: string, signal?: AbortSignal): AsyncGenerator<{ type: string; object: T }> {
    const response = await this.#open({ path, accept }, signal);
    if ((response.statusCode ?? 0) >= 400) throw apiErrorOf(response.statusCode ?? 0, await text(response));
    let rest = '';
    response.setEncoding('utf8');
    for await (const chunk of response) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line);
    }
  }

  #open({ method = 'GET', path, body, contentType = 'application/json', accept }: ApiRequest, signal?: AbortSignal) {
    const { server, token } = this.#address;
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      authorization: `Bearer ${token}`,
      accept: accept ?? 'application/json',
      ...(payload === undefined ? {} : { 'content-type': contentType, 'content-length': payload.length }),
    };
    return new Promise<IncomingMessage>((resolve, reject) => {
      const call = request(server + path, { method, headers, ...(signal === undefined ? {} : { signal }) }, resolve);
      call.on('error', (error: NodeJS.ErrnoException) =>
        reject(error.code === 'ECONNREFUSED' ? noMesh(server) : error),
      );
      call.end(payload);
    });
  }
}

function noMesh(where: string): MeshError {
  return new MeshError('no-mesh', `no mesh is running (looked at ${where}): start one with: heddle up PATH`);
}

function apiErrorOf(statusCode: number, body: string): ApiError {
  try {
    const { reason = '', message = body, details }: Partial<StatusBody> = JSON.parse(body);
    return new ApiError(statusCode, reason, message, details);
  } catch {
    // Not a Status: whatever answers there is not the API, and its words are all there is to show.
    return new ApiError(statusCode, '', `unexpected answer ${statusCode}: ${body.slice(0, 200)}`);
  }
}

function warningsOf({ headersDistinct }: IncomingMessage): string[] {
  const header = (headersDistinct['warning'] ?? []).join(', ');
  return [...header.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, quoted = '']) => quoted.replace(/\\(.)/g, '$1'));
}

/** Without a namespace: the cluster-wide collection. Without a name: the collection. */
export function objectPath(definition: ResourceDefinition, namespace: string, name = ''): string {
  const root = definition.group === '' ? '/api' : '/apis';
  const scope = definition.namespaced && namespace !== '' ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const last = name === '' ? '' : `/${encodeURIComponent(name)}`;
  return `${root}/${apiVersionOf(definition)}${scope}/${definition.plural}${last}`;
}
