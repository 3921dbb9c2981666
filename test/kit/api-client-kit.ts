// A bare client for Kubernetes' API in tests: it sends what it is told and hides nothing of the answer.
import assert from 'node:assert/strict';

export interface ApiTarget {
  /** `http://127.0.0.1:1234`, without a slash at the end. */
  readonly url: string;
  readonly token: string;
}

export interface ApiAnswer {
  readonly code: number;
  readonly body: ApiBody;
  readonly warnings: string;
}

/** Loosely typed on purpose: tests read what came. */
export interface ApiBody {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly metadata: {
    readonly [field: string]: unknown;
    readonly name?: string;
    readonly resourceVersion?: string;
    readonly uid?: string;
    readonly continue?: string;
  };
  readonly reason?: string;
  readonly message?: string;
  readonly items?: readonly ApiBody[];
  readonly [field: string]: unknown;
}

export interface WatchLine {
  readonly type: string;
  readonly object: ApiBody;
  readonly atMs: number;
}

export class ApiKit {
  readonly target: ApiTarget;

  constructor(target: ApiTarget) {
    this.target = target;
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    const response = await fetch(this.target.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.target.token}`,
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed: ApiBody = text.startsWith('{') ? JSON.parse(text) : { metadata: {}, text };
    return { code: response.status, body: parsed, warnings: response.headers.get('warning') ?? '' };
  }

  /** As `send`, for what has to succeed. */
  async expect(code: number, method: string, path: string, body?: unknown): Promise<ApiBody> {
    const answer = await this.send(method, path, body);
    assert.equal(answer.code, code, `${method} ${path}: ${answer.body.message ?? ''}`);
    return answer.body;
  }

  /** Opens a watch; `next` gives its lines one by one, and `undefined` at the end of the stream. */
  async watch(path: string): Promise<ApiWatch> {
    const abort = new AbortController();
    const response = await fetch(this.target.url + path, {
      headers: { authorization: `Bearer ${this.target.token}` },
      signal: abort.signal,
    });
    assert.equal(response.status, 200);
    return new ApiWatch(response, abort);
  }
}

export class ApiWatch implements AsyncDisposable {
  readonly #abort: AbortController;
  readonly #lines: AsyncGenerator<WatchLine>;

  constructor(response: Response, abort: AbortController) {
    this.#abort = abort;
    this.#lines = readLines(response);
  }

  async next(): Promise<WatchLine | undefined> {
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : value;
  }

  /** Skips to the next line of this type. */
  async nextOf(type: string): Promise<WatchLine> {
    for (let line = await this.next(); line !== undefined; line = await this.next())
      if (line.type === type) return line;
    throw new Error(`the watch ended without ${type}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    // The pending read ends with the abort; that is what was wanted.
    await this.#lines.next().catch(() => undefined);
  }
}

async function* readLines(response: Response): AsyncGenerator<WatchLine, undefined> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield { ...JSON.parse(line), atMs: performance.now() };
  }
  return undefined;
}
