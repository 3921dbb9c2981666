// What the API shows of a pod: phase, conditions and container states, from what its containers are doing.
import type { Container, ContainerStatus, Pod, PodStatus } from '../../lib/kubernetes.ts';
import { timestamp } from '../../lib/timestamp.ts';
import { hubAddress } from '../network/hub-address.ts';
import type { ContainerState } from './container-runner.ts';
import type { ContainerExit } from './container-process.ts';

/** The part of a container runner that shows in the status. */
export interface ContainerView {
  readonly container: Container;
  readonly state: ContainerState;
  readonly lastExit: ContainerExit | undefined;
  readonly restartCount: number;
  readonly started: boolean;
  readonly ready: boolean;
}

export interface PodView {
  readonly podIP: string | undefined;
  readonly startTime: Date;
  readonly init: readonly ContainerView[];
  readonly main: readonly ContainerView[];
  /** All init containers have ended well or, those that stay, have started. */
  readonly initialized: boolean;
  readonly terminating: boolean;
  /** Why the pod cannot even have its namespaces, volumes or images. */
  readonly failure?: { readonly reason: string; readonly message: string };
}

export function podStatus(pod: Pod, view: PodView, now = new Date()): PodStatus & { qosClass: string } {
  const sidecars = view.init.filter(({ container }) => container.restartPolicy === 'Always');
  const ready = view.initialized && !view.terminating && [...view.main, ...sidecars].every((each) => each.ready);
  const facts = [
    ['PodReadyToStartContainers', view.podIP !== undefined],
    ['Initialized', view.initialized],
    ['Ready', ready],
    ['ContainersReady', ready],
    ['PodScheduled', true],
  ] as const;
  const before = pod.status?.conditions ?? [];
  const unready = view.main.filter((each) => !each.ready).map(({ container }) => container.name);
  const conditions = facts.map(([type, holds]) => {
    const status = holds ? ('True' as const) : ('False' as const);
    const old = before.find((each) => each.type === type);
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : undefined;
    const why = holds || !type.endsWith('Ready') ? {} : notReady(unready);
    return { type, status, lastTransitionTime: lastTransitionTime ?? timestamp(now), ...why };
  });
  return {
    phase: phaseOf(pod, view),
    ...view.failure,
    conditions,
    hostIP: hubAddress,
    ...(view.podIP === undefined ? {} : { podIP: view.podIP, podIPs: [{ ip: view.podIP }] }),
    startTime: timestamp(view.startTime),
    ...(view.init.length === 0 ? {} : { initContainerStatuses: view.init.map(containerStatus) }),
    containerStatuses: view.main.map(containerStatus),
    qosClass: 'BestEffort',
  };
}

function notReady(names: readonly string[]): { reason: string; message: string } {
  return { reason: 'ContainersNotReady', message: `containers with unready status: [${names.join(' ')}]` };
}

function phaseOf(pod: Pod, { main, initialized }: PodView): NonNullable<PodStatus['phase']> {
  const ended = main.filter(({ state }) => state.kind === 'terminated');
  const forGood = (pod.spec.restartPolicy ?? 'Always') !== 'Always';
  if (forGood && ended.length === main.length && main.length > 0) {
    return ended.every(({ lastExit }) => lastExit?.exitCode === 0) ? 'Succeeded' : 'Failed';
  }
  const begun = main.some(({ state, restartCount }) => state.kind !== 'waiting' || restartCount > 0);
  return initialized && begun ? 'Running' : 'Pending';
}

type WithLast = ContainerStatus & { lastState?: NonNullable<ContainerStatus['state']>; imageID: string };

function containerStatus(view: ContainerView): WithLast {
  const { container, state, lastExit, restartCount } = view;
  const image = container.image ?? '';
  return {
    name: container.name,
    image,
    imageID: image,
    ready: container.restartPolicy === 'Always' || state.kind !== 'terminated' ? view.ready : endedWell(state),
    started: view.started,
    restartCount,
    state: printState(state),
    ...(restartCount > 0 && lastExit !== undefined ? { lastState: terminated(lastExit) } : {}),
  };
}

/** An init container that ended well counts as ready, as in Kubernetes. */
function endedWell(state: ContainerState): boolean {
  return state.kind === 'terminated' && state.exit.exitCode === 0;
}

function printState(state: ContainerState): NonNullable<ContainerStatus['state']> {
  switch (state.kind) {
    case 'waiting':
      return {
        waiting: { reason: state.reason, ...(state.message === undefined ? {} : { message: state.message }) },
      };
    case 'running':
      return { running: { startedAt: timestamp(state.startedAt) } };
    case 'terminated':
      return terminated(state.exit);
  }
}

function terminated(exit: ContainerExit): NonNullable<ContainerStatus['state']> {
  return {
    terminated: {
      exitCode: exit.exitCode,
      reason: exit.exitCode === 0 ? 'Completed' : 'Error',
      startedAt: timestamp(exit.startedAt),
      finishedAt: timestamp(exit.finishedAt),
    },
  };
}
