// Finds the images in manifests for which no local command is known, all at once.
import type { Container, KubernetesObject, PodSpec } from '../../lib/kubernetes.ts';
import { findImage } from './image-table.ts';
import type { ImageTable } from './image-table.ts';

/** A container with a command of its own needs no entry: the manifest says what to run. `auto` is the injector's. */
export function missingImages(objects: readonly KubernetesObject[], table: ImageTable): string[] {
  const images = objects
    .flatMap(containersOf)
    .filter(({ command }) => command === undefined || command.length === 0)
    .map(({ image }) => image ?? '')
    .filter((image) => image !== '' && image !== 'auto' && findImage(table, image) === undefined);
  return [...new Set(images)].toSorted();
}

interface Workload {
  readonly template?: { readonly spec?: Partial<PodSpec> };
  readonly jobTemplate?: { readonly spec?: { readonly template?: { readonly spec?: Partial<PodSpec> } } };
}

function containersOf(object: KubernetesObject): Container[] {
  const spec: Workload & Partial<PodSpec> = { ...Object(object['spec']) };
  const pod = object.kind === 'Pod' ? spec : (spec.template?.spec ?? spec.jobTemplate?.spec?.template?.spec);
  const lists = [pod?.initContainers, pod?.containers];
  return lists.flatMap((list) => (Array.isArray(list) ? list : []));
}
