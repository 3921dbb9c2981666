// A pod's volumes: configuration is written to files in the state folder and bound into the pod; it follows changes.
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import type { KubernetesObject, Pod, Volume } from '../../lib/kubernetes.ts';
import { MeshError } from '../../lib/mesh-error.ts';
import type { ConfigReader } from './container-environment.ts';
import { downwardField } from './downward-field.ts';
import type { PodVolume } from './sandbox-script.ts';

export interface VolumeInputs {
  readonly pod: Pod;
  readonly podIP: string;
  readonly configs: ConfigReader;
  /** The pod's own folder in the state folder. */
  readonly folder: string;
  /** Claims outlive pods: their folder. */
  readonly claimsFolder: string;
  /** Holds the API's token: no pod may see it. */
  readonly stateFolder: string;
}

interface VolumeFile {
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
}

interface KeySource {
  readonly items?: readonly { readonly key: string; readonly path: string; readonly mode?: number }[];
  readonly optional?: boolean;
  readonly defaultMode?: number;
}

/** Throws MeshError `volume` when a ConfigMap or Secret is not there (yet). */
export function preparePodVolumes(inputs: VolumeInputs): PodVolume[] {
  return (inputs.pod.spec.volumes ?? []).map((volume) => prepareVolume(volume, inputs));
}

/** Writes configuration volumes anew where their source changed; running containers see it. */
export function refreshPodVolumes(inputs: VolumeInputs): void {
  for (const volume of inputs.pod.spec.volumes ?? []) {
    const files = volumeFiles(volume, inputs);
    if (files !== undefined) writeFiles(join(inputs.folder, 'volumes', volume.name), files);
  }
}

function prepareVolume(volume: Volume, inputs: VolumeInputs): PodVolume {
  const { name } = volume;
  const files = volumeFiles(volume, inputs);
  if (files !== undefined) {
    const source = join(inputs.folder, 'volumes', name);
    rmSync(source, { recursive: true, force: true });
    writeFiles(source, files);
    return { name, source, readOnly: true };
  }
  if (volume.hostPath !== undefined) {
    return { name, source: hostFolder(volume.hostPath.path, name, inputs.stateFolder), readOnly: true };
  }
  if (volume.persistentVolumeClaim !== undefined) {
    const claim = `${inputs.pod.metadata.namespace ?? 'default'}_${volume.persistentVolumeClaim.claimName}`;
    const source = join(inputs.claimsFolder, claim);
    mkdirSync(source, { recursive: true });
    chmodSync(source, 0o777);
    return { name, source };
  }
  return { name };
}

/** The real path: behind a symbolic link could be what pods must not see. */
function hostFolder(path: string, volume: string, stateFolder: string): string {
  if (!existsSync(path)) throw new MeshError('volume', `volume ${volume}: hostPath ${path} does not exist`);
  const [source, state] = [realpathSync(path), realpathSync(stateFolder)];
  const within = (inner: string, outer: string): boolean =>
    inner === outer || inner.startsWith(`${outer}/`.replace('//', '/'));
  if (within(source, state) || within(state, source)) {
    throw new MeshError(
      'volume',
      `volume ${volume}: hostPath ${path} has to do with the state folder ${state}, which pods may not see`,
    );
  }
  return source;
}

/** `undefined` for a volume that is no configuration. */
function volumeFiles(volume: Volume, inputs: VolumeInputs): VolumeFile[] | undefined {
  if (volume.configMap !== undefined) return keyFiles('configmaps', volume.configMap.name, volume.configMap, inputs);
  if (volume.secret !== undefined) return keyFiles('secrets', volume.secret.secretName, volume.secret, inputs);
  if (volume.downwardAPI !== undefined) return downwardFiles(volume.downwardAPI.items ?? [], inputs);
  if (volume.projected === undefined) return undefined;
  const { sources } = volume.projected;
  return (Array.isArray(sources) ? sources : []).flatMap((source: ProjectedSource) => projectedFiles(source, inputs));
}

interface ProjectedSource {
  readonly configMap?: KeySource & { readonly name: string };
  readonly secret?: KeySource & { readonly name: string };
  readonly downwardAPI?: NonNullable<Volume['downwardAPI']>;
}

function projectedFiles({ configMap, secret, downwardAPI }: ProjectedSource, inputs: VolumeInputs): VolumeFile[] {
  return [
    ...(configMap === undefined ? [] : keyFiles('configmaps', configMap.name, configMap, inputs)),
    ...(secret === undefined ? [] : keyFiles('secrets', secret.name, secret, inputs)),
    ...(downwardAPI === undefined ? [] : downwardFiles(downwardAPI.items ?? [], inputs)),
  ];
}

function keyFiles(
  resource: 'configmaps' | 'secrets',
  name: string,
  source: KeySource,
  { pod, configs }: VolumeInputs,
): VolumeFile[] {
  const object = configs.get(resource, pod.metadata.namespace ?? 'default', name);
  if (object === undefined) {
    if (source.optional === true) return [];
    throw new MeshError('volume', `${resource} "${name}" not found`);
  }
  const data = binaryData(object);
  const defaultMode = source.defaultMode ?? 0o644;
  const items = source.items ?? [...data.keys()].map((key) => ({ key, path: key }));
  return items.flatMap(({ key, path, mode }: { key: string; path: string; mode?: number }) => {
    const content = data.get(key);
    if (content === undefined && source.optional !== true) {
      throw new MeshError('volume', `${resource} "${name}" has no key ${key}`);
    }
    return content === undefined ? [] : [{ path, content, mode: mode ?? defaultMode }];
  });
}

function binaryData(object: KubernetesObject): Map<string, Buffer> {
  const plain: Record<string, unknown> = { ...Object(object['data']) };
  const binary: Record<string, unknown> = { ...Object(object['binaryData']) };
  const encoding = object.kind === 'Secret' ? 'base64' : 'utf8';
  return new Map([
    ...Object.entries(plain).map(([key, value]): [string, Buffer] => [key, Buffer.from(String(value), encoding)]),
    ...Object.entries(binary).map(([key, value]): [string, Buffer] => [key, Buffer.from(String(value), 'base64')]),
  ]);
}

function downwardFiles(
  items: readonly { path: string; fieldRef?: { fieldPath: string } }[],
  { pod, podIP }: VolumeInputs,
): VolumeFile[] {
  return items.map(({ path, fieldRef }) => {
    const text = downwardField(pod, fieldRef?.fieldPath ?? '', podIP) ?? '';
    return { path, content: Buffer.from(text), mode: 0o644 };
  });
}

function writeFiles(folder: string, files: readonly VolumeFile[]): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  for (const { path, content, mode } of files) {
    const inside = normalize(path);
    // Kubernetes refuses such paths too: a volume's files stay in the volume.
    if (inside.startsWith('..') || inside.startsWith('/')) throw new MeshError('volume', `bad path ${path}`);
    const target = join(folder, inside);
    if (existsSync(target) && readFileSync(target).equals(content)) continue;
    mkdirSync(dirname(target), { recursive: true });
    const fresh = `${target}.new`;
    writeFileSync(fresh, content);
    chmodSync(fresh, mode);
    // In one step: a reader sees the old or the new file, never half of it.
    renameSync(fresh, target);
  }
}
