// What every pod of the local mesh shares: network, images, folders, and whom to tell.
import type { KubernetesObject, Pod } from '../../lib/kubernetes.ts';
import type { ImageTable } from '../images/image-table.ts';
import type { AddressPool } from '../network/address-range.ts';
import type { HubHelperProcess } from '../network/hub-helper-process.ts';
import type { HubNetwork } from '../network/hub-network.ts';
import type { StateFolder } from '../state/state-folder.ts';
import type { ConfigReader } from './container-environment.ts';

export interface PodContext {
  readonly hub: HubNetwork;
  readonly helper: HubHelperProcess;
  readonly addresses: AddressPool;
  readonly images: ImageTable;
  readonly state: StateFolder;
  readonly configs: ConfigReader;
  readonly dnsAddress: string;
  readonly clusterDomain: string;
  /** Host path -> path in the pod: the binaries under /run/heddle/bin and the images' folders. */
  readonly binds: readonly (readonly [source: string, target: string])[];
  /** Where an image's folder is inside every pod. */
  readonly workdirs: ReadonlyMap<string, string>;
  readonly writeStatus: (pod: Pod, status: object) => void;
  /** The pod has ended: take it out of the API. */
  readonly removed: (pod: Pod) => void;
  /** One line for people. */
  readonly report: (pod: KubernetesObject, line: string) => void;
}

/** `namespace/name`, for people. */
export function podKey({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? 'default'}/${metadata.name}`;
}
