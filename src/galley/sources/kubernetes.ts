// The Kubernetes source: follows every configuration kind of an API, ours or a real cluster's.
import type { Issue } from '../../lib/issue.ts';
import { MeshError } from '../../lib/mesh-error.ts';
import { configKinds } from '../kinds/index.ts';
import type { ConfigKind } from '../kinds/kind.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { KindWatch } from './kind-watch.ts';
import { KubernetesClient } from './kubernetes-client.ts';
import type { ConfigSink, ConfigSource } from './source.ts';

export interface KubernetesSourceOptions {
  readonly access: ClusterAccess;
  readonly sink: ConfigSink;
  /** All of `configKinds` that lower to something, unless given. */
  readonly kinds?: readonly ConfigKind[];
}

const followedKinds = configKinds.filter((kind) => kind.lower !== undefined);

export class KubernetesSource implements ConfigSource {
  readonly synced: Promise<void>;
  readonly #client: KubernetesClient;
  readonly #streams: readonly KindWatch[];
  readonly #running: Promise<unknown>;
  readonly #stop = new AbortController();
  readonly #waiters = new Set<() => void>();

  constructor({ access, sink, kinds = followedKinds }: KubernetesSourceOptions) {
    const client = new KubernetesClient(access);
    this.#client = client;
    this.#streams = kinds.map((kind) => new KindWatch({ client, kind, sink, onProgress: () => this.#progress() }));
    this.#running = Promise.all(this.#streams.map((stream) => stream.run(this.#stop.signal)));
    this.synced = this.#until(() => this.#streams.every((stream) => stream.listed), this.#stop.signal);
    // Whoever closes the source before it is synced need not have asked for it.
    this.synced.catch(() => undefined);
  }

  /** The version up to which every stream is known to be complete: the smallest of their newest. */
  seen(): number {
    const versions = this.#streams.flatMap((stream) => stream.seen ?? []);
    return versions.length === 0 ? 0 : Math.min(...versions);
  }

  /** Resolves once all that was written up to this version has been told to the sink. Rejects when the signal ends first. */
  whenSeen(resourceVersion: number, signal: AbortSignal): Promise<void> {
    return this.#until(() => this.seen() >= resourceVersion, AbortSignal.any([signal, this.#stop.signal]));
  }

  issues(): readonly Issue[] {
    return this.#streams.flatMap((stream) => stream.issue() ?? []);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#client.close();
  }

  #progress(): void {
    for (const waiter of this.#waiters) waiter();
  }

  #until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        this.#waiters.delete(check);
        signal.removeEventListener('abort', abort);
        settle();
      };
      const check = (): void => {
        if (condition()) end(resolve);
      };
      const abort = (): void => end(() => reject(new MeshError('aborted', 'the wait for the API was ended')));
      this.#waiters.add(check);
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      else check();
    });
  }
}
