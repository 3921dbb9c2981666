// What the controllers' tests share: a store with controllers on it, and a stand-in for the machine that runs pods.
import { ObjectStore, type ObjectStoreOptions } from '../../src/galley/api-server/object-store.ts';
import type { KubernetesObject, Pod } from '../../src/lib/kubernetes.ts';
import { type Controllers, startControllers } from '../../src/local/controllers/start-controllers.ts';

export interface Bench extends Disposable {
  readonly store: ObjectStore;
  readonly controllers: Controllers;
  readonly errors: string[];
  podNames(): string[];
  pods(): Pod[];
  /** Gives all pods that have none an address and readiness, removes those that are to go, and waits for what follows. */
  runPods(only?: (pod: Pod) => boolean): Promise<void>;
}

export function bench(options: Partial<ObjectStoreOptions> = {}): Bench {
  const store = new ObjectStore({ dbFile: ':memory:', ...options });
  for (const name of ['default', 'shop']) {
    if (store.get('namespaces', '', name) === undefined) store.create(object('v1', 'Namespace', name, ''));
  }
  const errors: string[] = [];
  const onError = (controller: string, key: string, error: unknown): void =>
    void errors.push(`${controller} ${key}: ${String(error)}`);
  const controllers = startControllers({ store, onError });
  const pods = (): Pod[] => store.list<Pod>('pods');
  let address = 10;
  return {
    store,
    controllers,
    errors,
    pods,
    podNames: () => pods().map(({ metadata }) => metadata.name),
    runPods: async (only = () => true) => {
      await controllers.idle();
      for (const pod of pods().filter(only)) {
        const ref = { resource: 'pods', namespace: pod.metadata.namespace ?? '', name: pod.metadata.name };
        if (pod.metadata.deletionTimestamp !== undefined) store.delete(ref, { gracePeriodSeconds: 0 });
        else if (pod.status?.podIP === undefined) store.setStatus(ref, readyStatus(`10.244.0.${(address += 1)}`));
      }
      await controllers.idle();
    },
    [Symbol.dispose]: () => {
      controllers.close();
      store.close();
    },
  };
}

export function readyStatus(podIP: string, status: 'True' | 'False' = 'True'): object {
  return { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions: [{ type: 'Ready', status }] };
}

export function object(
  apiVersion: string,
  kind: string,
  name: string,
  namespace = 'shop',
  rest: object = {},
): KubernetesObject {
  return { apiVersion, kind, metadata: { name, ...(namespace === '' ? {} : { namespace }) }, ...rest };
}

/** A Deployment, StatefulSet, DaemonSet or Job of one container, selected by `app`. */
export function workload(kind: string, name: string, spec: object = {}, image = 'app:1'): KubernetesObject {
  const labels = { app: name };
  return object(kind === 'Job' ? 'batch/v1' : 'apps/v1', kind, name, 'shop', {
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'app', image, ports: [{ name: 'http', containerPort: 8080 }] }] },
      },
      ...spec,
    },
  });
}

export function setImage(store: ObjectStore, name: string, image: string): void {
  store.modify({ resource: 'deployments.apps', namespace: 'shop', name }, (each) => {
    const spec = each['spec'] as { template: { spec: { containers: { image: string }[] } } };
    const [container] = spec.template.spec.containers;
    if (container !== undefined) container.image = image;
  });
}
