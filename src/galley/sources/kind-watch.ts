// Follows one kind of a Kubernetes API: list, then watch; from the start again when the watch is too old.
import { setTimeout as sleep } from 'node:timers/promises';
import { Backoff } from '../../lib/backoff.ts';
import type { Issue } from '../../lib/issue.ts';
import { describeError, MeshError } from '../../lib/mesh-error.ts';
import { apiVersions } from '../kinds/index.ts';
import type { ConfigKind } from '../kinds/kind.ts';
import { type ResourceId, resourceIdOf, resourceKey } from '../resource-id.ts';
import { ApiStatusError, type KubernetesClient, type WatchEvent } from './kubernetes-client.ts';
import type { ConfigSink } from './source.ts';

export interface KindWatchOptions {
  readonly client: KubernetesClient;
  readonly kind: ConfigKind;
  readonly sink: ConfigSink;
  /** After each step forward: a list, an event, a bookmark, a failure. */
  readonly onProgress: () => void;
}

/** A collection that the server does not have is looked for again after this time. */
const absentMs = 10_000;
/** Servers end a watch themselves after this time, so that none is stuck for ever. */
const watchSeconds = 290;

/**
 * `state`: `listing` until the first list came · `following` · `absent` when the server has no such kind · `broken` while it
 * cannot be reached; what was told stays in force.
 */
export class KindWatch {
  readonly #options: KindWatchOptions;
  readonly #known = new Map<string, ResourceId>();
  readonly #backoff = new Backoff({ firstMs: 50, maxMs: 5_000 });
  #apiVersion: string;
  #state: 'listing' | 'following' | 'absent' | 'broken' = 'listing';
  #resourceVersion = '';
  #problem = '';
  #listed = false;

  constructor(options: KindWatchOptions) {
    this.#options = options;
    this.#apiVersion = apiVersions(options.kind)[0] ?? '';
  }

  /** The kind was listed, or the server has none of it. */
  get listed(): boolean {
    return this.#listed;
  }

  /** Newest version that this stream is known to have seen; undefined for a kind that the server does not have. */
  get seen(): number | undefined {
    return this.#state === 'absent' ? undefined : Number(this.#resourceVersion || '0');
  }

  issue(): Issue | undefined {
    if (this.#state !== 'broken') return undefined;
    const message = `${this.#options.kind.plural}: the API cannot be followed, the last known configuration stays`;
    return { path: '', code: 'conflict', severity: 'warning', message, hint: this.#problem };
  }

  /** Ends only when the signal does. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === '') await this.#list(signal);
        const events = await this.#watch(signal);
        // A server that ends each watch at once is not to be asked again at once.
        if (events === 0) await this.#pause(this.#backoff.nextMs(), signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#afterFailure(error, signal);
      }
    }
  }

  async #afterFailure(error: unknown, signal: AbortSignal): Promise<void> {
    const status = error instanceof ApiStatusError ? error.status : 0;
    if (status === 410) {
      this.#resourceVersion = '';
      return;
    }
    let pauseMs = this.#backoff.nextMs();
    if (status === 404) {
      this.#becomeAbsent();
      pauseMs = absentMs;
    } else {
      this.#state = 'broken';
      this.#problem = describeError(error);
    }
    this.#options.onProgress();
    await this.#pause(pauseMs, signal);
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    // Only the signal ends it early, and then `run` ends too.
    await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, sink, kind } = this.#options;
    const { items, resourceVersion } = await this.#listAnyVersion(client, signal);
    const gone = new Map(this.#known);
    for (const item of items) {
      // Items of a list leave out what the list has said.
      const object = { apiVersion: this.#apiVersion, kind: kind.kind, ...(item as Record<string, unknown>) };
      const id = resourceIdOf(object);
      if (id === undefined) continue;
      gone.delete(resourceKey(id));
      this.#known.set(resourceKey(id), id);
      sink.apply({ object });
    }
    for (const [key, id] of gone) {
      this.#known.delete(key);
      sink.delete(id);
    }
    this.#resourceVersion = resourceVersion;
    this.#listed = true;
    this.#state = 'following';
    this.#options.onProgress();
  }

  /** An older server may have only an older version of the kind. */
  async #listAnyVersion(client: KubernetesClient, signal: AbortSignal): ReturnType<KubernetesClient['list']> {
    for (const apiVersion of apiVersions(this.#options.kind)) {
      this.#apiVersion = apiVersion;
      try {
        return await client.list(this.#path(), this.#selector(), signal);
      } catch (error) {
        if (!(error instanceof ApiStatusError) || error.status !== 404) throw error;
      }
    }
    throw new ApiStatusError(404, this.#path(), 'the server has no such kind');
  }

  #becomeAbsent(): void {
    for (const id of this.#known.values()) this.#options.sink.delete(id);
    this.#known.clear();
    this.#resourceVersion = '';
    this.#listed = true;
    this.#state = 'absent';
  }

  /** Resolves with the number of events when the server ends the stream. */
  async #watch(signal: AbortSignal): Promise<number> {
    const query = {
      ...this.#selector(),
      resourceVersion: this.#resourceVersion,
      timeoutSeconds: String(watchSeconds),
    };
    const stream = await this.#options.client.watch(this.#path(), query, (watchSeconds + 30) * 1000, signal);
    this.#state = 'following';
    this.#options.onProgress();
    let events = 0;
    for await (const event of stream) {
      events += 1;
      this.#backoff.reset();
      this.#take(event);
      this.#options.onProgress();
    }
    return events;
  }

  #take({ type, object }: WatchEvent): void {
    if (type === 'ERROR') {
      const { code = 0, message = '' } = object as { code?: number; message?: string };
      throw new ApiStatusError(code, this.#path(), message);
    }
    const version = (object['metadata'] as { resourceVersion?: string } | undefined)?.resourceVersion;
    const id = type === 'BOOKMARK' ? undefined : resourceIdOf(object);
    if (id !== undefined) this.#tell(type, id, object);
    if (version !== undefined) this.#resourceVersion = version;
  }

  #tell(type: string, id: ResourceId, object: unknown): void {
    if (type === 'DELETED') {
      this.#known.delete(resourceKey(id));
      this.#options.sink.delete(id);
    } else if (type === 'ADDED' || type === 'MODIFIED') {
      this.#known.set(resourceKey(id), id);
      this.#options.sink.apply({ object });
    } else throw new MeshError('watch-event', `${this.#path()}: unknown event ${type}`);
  }

  #path(): string {
    const root = this.#apiVersion.includes('/') ? '/apis' : '/api';
    return `${root}/${this.#apiVersion}/${this.#options.kind.plural}`;
  }

  /** Of the ConfigMaps of a whole cluster only those that can be MeshConfig are of interest. */
  #selector(): Record<string, string> {
    return this.#options.kind.kind === 'ConfigMap' ? { fieldSelector: 'metadata.name=istio' } : {};
  }
}
