// The kubelet's part: every Pod in the API is made to run here, and its state is written back.
import type { ObjectStore } from '../../galley/api-server/object-store.ts';
import type { KubernetesObject, Pod } from '../../lib/kubernetes.ts';
import { describeError } from '../../lib/mesh-error.ts';
import type { PodContext } from './pod-context.ts';
import { PodWorker } from './pod-worker.ts';

export type PodRuntimeContext = Omit<PodContext, 'configs' | 'writeStatus' | 'removed'>;

const defaultGraceSeconds = 30;

export class PodRuntime {
  readonly #store: ObjectStore;
  readonly #context: PodContext;
  /** By uid: a pod that is made anew under the same name is another pod. */
  readonly #workers = new Map<string, PodWorker>();
  readonly #unwatch: () => void;
  #ending = false;

  constructor(store: ObjectStore, context: PodRuntimeContext) {
    this.#store = store;
    this.#context = {
      ...context,
      configs: store,
      writeStatus: (pod, status) => this.#writeStatus(pod, status),
      removed: (pod) => this.#removed(pod),
    };
    const resources = ['pods', 'configmaps', 'secrets'];
    this.#unwatch = store.watch(({ type, resource, object }) => {
      if (resource === 'pods') this.#seeSafely(object as Pod, type === 'DELETED');
      else this.#refresh(object);
    }, resources);
    for (const pod of store.list<Pod>('pods')) this.#seeSafely(pod, false);
  }

  get workers(): readonly PodWorker[] {
    return [...this.#workers.values()];
  }

  /** Ends every pod. Who has not ended by itself after `graceMs` is killed. */
  async close(graceMs: number): Promise<void> {
    this.#ending = true;
    this.#unwatch();
    await Promise.all(this.workers.map((worker) => worker.terminate({ graceMs, atOnce: true })));
  }

  /** We are called in the middle of somebody's write: what is odd about one pod must not fail it. */
  #seeSafely(pod: Pod, deleted: boolean): void {
    try {
      this.#see(pod, deleted);
    } catch (error) {
      this.#context.report(pod, describeError(error));
    }
  }

  #see(pod: Pod, deleted: boolean): void {
    const uid = pod.metadata.uid ?? '';
    const worker = this.#workers.get(uid);
    const leaving = deleted || pod.metadata.deletionTimestamp !== undefined;
    if (worker === undefined) {
      if (deleted) return;
      // It was to be deleted when the last supervisor ended; here it never ran.
      if (leaving) return this.#removed(pod);
      if (['Succeeded', 'Failed'].includes(pod.status?.phase ?? '')) return;
      const started = new PodWorker(pod, this.#context);
      this.#workers.set(uid, started);
      started.start();
    } else if (leaving) {
      const seconds = deleted ? 0 : (pod.metadata.deletionGracePeriodSeconds ?? defaultGraceSeconds);
      void worker.terminate({ graceMs: seconds * 1000, atOnce: false });
    } else {
      worker.update(pod);
    }
  }

  #refresh(source: KubernetesObject): void {
    for (const worker of this.#workers.values()) {
      if (worker.pod.metadata.namespace === source.metadata.namespace) worker.refresh();
    }
  }

  #writeStatus(pod: Pod, status: object): void {
    const { namespace = 'default', name, uid } = pod.metadata;
    const ref = { resource: 'pods', namespace, name };
    const current = this.#store.get(ref.resource, namespace, name);
    if (!this.#ending && current?.metadata.uid === uid) this.#store.setStatus(ref, status);
  }

  #removed(pod: Pod): void {
    const { namespace = 'default', name, uid } = pod.metadata;
    this.#workers.delete(uid ?? '');
    // At the end of the mesh pods stay in the API: they come again with the next `up`.
    if (this.#ending) return;
    const current = this.#store.get('pods', namespace, name);
    if (current?.metadata.uid === uid) {
      this.#store.delete({ resource: 'pods', namespace, name }, { gracePeriodSeconds: 0 });
    }
  }
}
