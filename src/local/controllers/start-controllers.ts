// Starts the small controllers that a mesh on one machine needs, on the embedded API's store.
import type { ObjectStore } from '../../galley/api-server/object-store.ts';
import type { Controller, ControllerContext, ObjectKey } from './controller.ts';
import { daemonSetController } from './daemon-set-controller.ts';
import { deploymentController } from './deployment-controller.ts';
import { endpointSliceController } from './endpoint-slice-controller.ts';
import { garbageCollector } from './garbage-collector.ts';
import { jobController } from './job-controller.ts';
import { namespaceController } from './namespace-controller.ts';
import { replicaSetController } from './replica-set-controller.ts';
import { serviceAccountController } from './service-account-controller.ts';
import { statefulSetController } from './stateful-set-controller.ts';
import { WorkQueue } from './work-queue.ts';

export interface ControllersOptions {
  readonly store: ObjectStore;
  /** A reconciliation that threw: it is tried again by itself. */
  readonly onError?: (controller: string, key: string, error: unknown) => void;
  readonly now?: () => number;
}

export interface Controllers {
  /** Resolves once all that follows from the writes so far has been done. */
  idle(): Promise<void>;
  close(): void;
}

function allControllers(): Controller[] {
  return [
    namespaceController,
    serviceAccountController,
    deploymentController,
    replicaSetController,
    statefulSetController,
    daemonSetController,
    jobController,
    endpointSliceController,
    garbageCollector(),
  ];
}

/** Begins with all objects there are: what happened while nobody watched is caught up with. */
export function startControllers({ store, onError = () => {}, now = Date.now }: ControllersOptions): Controllers {
  const controllers = new Map(allControllers().map((controller) => [controller.name, controller]));
  const contexts = new Map<string, ControllerContext>();
  const split = (key: string): [string, ObjectKey] => {
    const bar = key.indexOf('|');
    // Keys are made below, from an ObjectKey each.
    return [key.slice(0, bar), key.slice(bar + 1) as ObjectKey];
  };
  const queue = new WorkQueue({
    work: (queued) => {
      const [name, key] = split(queued);
      const context = contexts.get(name);
      if (context !== undefined) controllers.get(name)?.reconcile(key, context);
    },
    onError: (queued, error) => onError(...split(queued), error),
  });
  const stops = [...controllers.values()].map((controller) => {
    const again = (key: ObjectKey, delayMs: number): void => queue.addAfter(`${controller.name}|${key}`, delayMs);
    const context = { store, now, again };
    contexts.set(controller.name, context);
    const enqueue: Parameters<ObjectStore['watch']>[0] = (event) => {
      for (const key of controller.keysOf(event, context)) queue.add(`${controller.name}|${key}`);
    };
    for (const resource of controller.resources) {
      for (const object of store.list(resource)) enqueue({ type: 'ADDED', resource, object, resourceVersion: 0 });
    }
    return store.watch(enqueue, controller.resources);
  });
  return {
    idle: () => queue.idle(),
    close: () => {
      for (const stop of stops) stop();
      queue.close();
    },
  };
}
