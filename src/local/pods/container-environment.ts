// A container's environment: the image's, then envFrom, then env, each `$(NAME)` replaced by what stands before it.
import type { Container, EnvVar, KubernetesObject, Pod } from '../../lib/kubernetes.ts';
import { MeshError } from '../../lib/mesh-error.ts';
import { downwardField } from './downward-field.ts';

/** ConfigMaps and Secrets, as the API has them now. */
export interface ConfigReader {
  get(resource: 'configmaps' | 'secrets', namespace: string, name: string): KubernetesObject | undefined;
}

export interface EnvironmentInputs {
  readonly pod: Pod;
  readonly container: Container;
  readonly podIP: string;
  readonly imageEnv: Readonly<Record<string, string>>;
  /** Where the image's folder is inside the pod. */
  readonly workdir: string;
  readonly configs: ConfigReader;
}

export const podPath = '/run/heddle/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Throws MeshError `container-config` when it refers to something that is not there and not optional. */
export function containerEnvironment(inputs: EnvironmentInputs): Record<string, string> {
  const { pod, container, imageEnv, workdir } = inputs;
  const env: Record<string, string> = { PATH: podPath, HOSTNAME: pod.spec.hostname ?? pod.metadata.name, HOME: '/tmp' };
  for (const [name, value] of Object.entries(imageEnv)) env[name] = expand(value, { ...env, WORKDIR: workdir });
  for (const from of container.envFrom ?? []) {
    const prefix = from.prefix ?? '';
    const data = { ...allData(inputs, 'configmaps', from.configMapRef), ...allData(inputs, 'secrets', from.secretRef) };
    for (const [key, value] of Object.entries(data)) env[prefix + key] = value;
  }
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, inputs, env);
    if (value !== undefined) env[variable.name] = value;
  }
  return env;
}

/** `$(NAME)` with the value of NAME, `$$` with one dollar; an unknown name stays as it is. */
export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^()\s]+)\)/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (env[name] ?? whole),
  );
}

function valueOf(
  variable: EnvVar,
  inputs: EnvironmentInputs,
  before: Readonly<Record<string, string>>,
): string | undefined {
  const from = variable.valueFrom;
  if (from === undefined) return expand(variable.value ?? '', before);
  if (from.fieldRef !== undefined) {
    const value = downwardField(inputs.pod, from.fieldRef.fieldPath, inputs.podIP);
    if (value !== undefined) return value;
    throw new MeshError('container-config', `${variable.name}: unknown field path ${from.fieldRef.fieldPath}`);
  }
  if (from.configMapKeyRef !== undefined) return keyOf(inputs, 'configmaps', from.configMapKeyRef);
  if (from.secretKeyRef !== undefined) return keyOf(inputs, 'secrets', from.secretKeyRef);
  return from.resourceFieldRef === undefined ? '' : resourceOf(inputs.container, from.resourceFieldRef.resource);
}

type ConfigResource = 'configmaps' | 'secrets';

function keyOf(
  inputs: EnvironmentInputs,
  resource: ConfigResource,
  ref: { name: string; key: string; optional?: boolean },
): string | undefined {
  const value = allData(inputs, resource, ref)[ref.key];
  if (value === undefined && ref.optional !== true) {
    throw new MeshError('container-config', `couldn't find key ${ref.key} in ${resource} ${ref.name}`);
  }
  return value;
}

function allData(
  { pod, configs }: EnvironmentInputs,
  resource: ConfigResource,
  ref: { name: string; optional?: boolean } | undefined,
): Record<string, string> {
  if (ref === undefined) return {};
  const found = configs.get(resource, pod.metadata.namespace ?? 'default', ref.name);
  if (found === undefined && ref.optional !== true) {
    throw new MeshError('container-config', `${resource} "${ref.name}" not found`);
  }
  return found === undefined ? {} : textData(found);
}

/** `data` as text: a Secret's is base64. */
export function textData(object: KubernetesObject): Record<string, string> {
  const data: Record<string, unknown> = { ...Object(object['data']) };
  const decode = (value: string): string =>
    object.kind === 'Secret' ? Buffer.from(value, 'base64').toString('utf8') : value;
  const plain: Record<string, unknown> = { ...Object(object['stringData']) };
  return Object.fromEntries([
    ...Object.entries(data).map(([key, value]) => [key, decode(String(value))]),
    ...Object.entries(plain).map(([key, value]) => [key, String(value)]),
  ]);
}

/** Containers are not limited here; what the manifest writes is what the application is told. */
function resourceOf(container: Container, resource: string): string {
  const [kind = '', name = ''] = resource.split('.');
  const all: Record<string, unknown> = { ...container.resources };
  const group: Record<string, unknown> = { ...Object(all[kind]) };
  const value = group[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : name === 'cpu' ? '1' : '0';
}
