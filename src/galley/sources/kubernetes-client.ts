// The two requests that a source makes of a Kubernetes API: list a collection, and watch it from a version on.
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { StringDecoder } from 'node:string_decoder';
import { MeshError } from '../../lib/mesh-error.ts';
import type { ClusterAccess } from './cluster-access.ts';

export interface ListAnswer {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
}

export interface WatchEvent {
  readonly type: string;
  readonly object: Readonly<Record<string, unknown>>;
}

/** An answer other than 2xx. 404: no such kind; 410: the version is too old. */
export class ApiStatusError extends MeshError {
  readonly status: number;

  constructor(status: number, path: string, message: string) {
    super('api-status', `${path}: ${status}${message === '' ? '' : `: ${message}`}`);
    this.status = status;
  }
}

export class KubernetesClient {
  readonly #access: ClusterAccess;
  readonly #agent: HttpAgent;

  constructor(access: ClusterAccess) {
    this.#access = access;
    const { ca, cert, key, skipVerify } = access;
    const keep = { keepAlive: true, keepAliveMsecs: 15_000 };
    this.#agent =
      access.server.protocol === 'https:'
        ? new HttpsAgent({
            ...keep,
            rejectUnauthorized: !skipVerify,
            ...(ca === undefined ? {} : { ca }),
            ...(cert === undefined || key === undefined ? {} : { cert, key }),
          })
        : new HttpAgent(keep);
  }

  /** The whole collection, page by page. Throws ApiStatusError, or Node's error with the server named. */
  async list(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<ListAnswer> {
    const items: unknown[] = [];
    let next = '';
    do {
      const page = { ...query, limit: '500', ...(next === '' ? {} : { continue: next }) };
      const answer = await this.#send(path, page, signal);
      const body = JSON.parse(await readText(answer)) as {
        items?: unknown[] | null;
        metadata?: { resourceVersion?: string; continue?: string };
      };
      items.push(...(body.items ?? []));
      next = body.metadata?.continue ?? '';
      if (next === '') return { items, resourceVersion: body.metadata?.resourceVersion ?? '' };
    } while (!signal.aborted);
    throw new MeshError('aborted', `${path}: aborted`);
  }

  /**
   * Resolves once the server has accepted the watch; its events come one by one until the server ends the stream. `idleMs` of
   * silence counts as a lost connection.
   */
  async watch(
    path: string,
    query: Readonly<Record<string, string>>,
    idleMs: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<WatchEvent>> {
    const answer = await this.#send(path, { ...query, watch: 'true', allowWatchBookmarks: 'true' }, signal);
    answer.socket.setKeepAlive(true, 15_000);
    answer.setTimeout(idleMs, () => answer.destroy(new MeshError('watch-idle', `${path}: no event in ${idleMs} ms`)));
    return readEvents(answer);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<IncomingMessage> {
    const { server } = this.#access;
    const base = server.pathname.replace(/\/$/, '');
    const options: RequestOptions = {
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port,
      path: `${base}${path}?${new URLSearchParams(query).toString()}`,
      agent: this.#agent,
      signal,
      headers: { accept: 'application/json', 'user-agent': 'heddle', ...this.#authorization() },
    };
    const answer = await send(server.protocol === 'https:' ? httpsRequest : httpRequest, options).catch(
      (cause: unknown) => {
        throw new MeshError('api-unreachable', `${server.protocol}//${server.host}${path}`, { cause });
      },
    );
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    throw new ApiStatusError(status, path, messageOf(await readText(answer)));
  }

  #authorization(): Record<string, string> {
    const token = this.#access.token();
    if (token !== '') return { authorization: `Bearer ${token}` };
    const { username, password } = this.#access.server;
    if (username === '') return {};
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
  }
}

/** One JSON object a line. */
async function* readEvents(answer: IncomingMessage): AsyncGenerator<WatchEvent> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of answer) {
    const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as WatchEvent;
  }
}

function send(request: typeof httpRequest, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(options, resolve);
    sent.on('error', reject);
    sent.setTimeout(30_000, () => sent.destroy(new MeshError('api-silent', 'no answer in 30 s')));
    sent.end();
  });
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The message of a Kubernetes Status, or the beginning of whatever came instead. */
function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? '';
  } catch {
    // Not JSON: something between us and the API answered.
    return text.slice(0, 200);
  }
}
