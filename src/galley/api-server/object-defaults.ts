// The defaults that Kubernetes fills in for its own kinds, as far as something here reads them.
import type { Container, KubernetesObject, PodSpec } from '../../lib/kubernetes.ts';
import { isFields } from './merge-patch.ts';

type Fields = Record<string, unknown>;

/** Changes the (still unshared) object in place. */
export function fillDefaults(resource: string, object: KubernetesObject): void {
  defaults[resource]?.(object);
}

const defaults: Record<string, (object: KubernetesObject) => void> = {
  namespaces: (object) => {
    fill(object, { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
    const labels = (object.metadata.labels ??= {});
    labels['kubernetes.io/metadata.name'] = object.metadata.name;
  },
  pods: (object) => fillPodSpec(fieldsOf(object, 'spec')),
  services: (object) => fillService(fieldsOf(object, 'spec')),
  secrets: (object) => {
    fill(object, { type: 'Opaque' });
    moveStringData(object);
  },
  'deployments.apps': (object) => {
    const spec = fieldsOf(object, 'spec');
    fill(spec, {
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate' },
    });
    const strategy = fieldsOf(spec, 'strategy');
    fill(strategy, { type: 'RollingUpdate' });
    if (strategy['type'] === 'RollingUpdate') {
      fill(fieldsOf(strategy, 'rollingUpdate'), { maxSurge: '25%', maxUnavailable: '25%' });
    }
    fillPodSpec(fieldsOf(fieldsOf(spec, 'template'), 'spec'));
  },
  'replicasets.apps': (object) => fillTemplated(object, { replicas: 1 }),
  'statefulsets.apps': (object) => fillTemplated(object, { replicas: 1, podManagementPolicy: 'OrderedReady' }),
  'daemonsets.apps': (object) => fillTemplated(object, {}),
  'jobs.batch': (object) => fillTemplated(object, { parallelism: 1, completions: 1, backoffLimit: 6 }),
};

function fill(target: Fields, values: Fields): void {
  for (const [key, value] of Object.entries(values)) target[key] ??= value;
}

/** The object below `key`, created when absent. */
function fieldsOf(object: Fields, key: string): Fields {
  const found = object[key];
  if (isFields(found)) return found;
  const made: Fields = {};
  object[key] = made;
  return made;
}

function fillTemplated(object: KubernetesObject, values: Fields): void {
  const spec = fieldsOf(object, 'spec');
  fill(spec, values);
  fillPodSpec(fieldsOf(fieldsOf(spec, 'template'), 'spec'));
}

function fillPodSpec(spec: Fields): void {
  fill(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  const { containers, initContainers }: Partial<Pick<PodSpec, 'containers' | 'initContainers'>> = spec;
  for (const list of [containers, initContainers]) {
    if (Array.isArray(list)) list.forEach(fillContainer);
  }
}

function fillContainer(container: Container): void {
  const tag = container.image?.split('/').at(-1)?.split(':')[1];
  container.imagePullPolicy ??= tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent';
  container.resources ??= {};
  for (const port of Array.isArray(container.ports) ? container.ports : []) port.protocol ??= 'TCP';
  for (const probe of [container.readinessProbe, container.livenessProbe, container.startupProbe]) {
    if (!isFields(probe)) continue;
    fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
    if (isFields(probe['httpGet'])) fill(probe['httpGet'], { path: '/', scheme: 'HTTP' });
  }
}

function fillService(spec: Fields): void {
  fill(spec, { type: 'ClusterIP', sessionAffinity: 'None' });
  if (spec['type'] !== 'ExternalName') {
    fill(spec, { internalTrafficPolicy: 'Cluster', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
  }
  for (const port of Array.isArray(spec['ports']) ? spec['ports'] : []) {
    if (isFields(port)) fill(port, { protocol: 'TCP', targetPort: port['port'] });
  }
}

/** `stringData` is write-only: its values end in `data`, in base64. */
function moveStringData(object: KubernetesObject): void {
  const { stringData } = object;
  if (!isFields(stringData)) return;
  const data = fieldsOf(object, 'data');
  for (const [key, value] of Object.entries(stringData)) data[key] = Buffer.from(String(value)).toString('base64');
  delete object['stringData'];
}
