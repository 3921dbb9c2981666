// What the injector puts into every pod: images, commands, and how the sidecar reaches the control plane.
import type { ProxyConfig } from './proxy-annotations.ts';

/** The sidecar of our own, or a real Envoy. */
export type ProxyKind = 'embedded' | 'envoy';

export interface InjectorConfig {
  /** Image of both injected containers, and what `image: auto` in a gateway pod becomes. */
  readonly image: string;
  /** Command of the sidecar, before `proxy sidecar`; absent where the image has an entry point. */
  readonly proxyCommand?: Readonly<Record<ProxyKind, readonly string[]>>;
  /** Where xDS is, as gRPC names it: `unix:/run/heddle/xds.sock`. */
  readonly xdsAddress: string;
  readonly proxy: ProxyKind;
  /** What pods may ask for instead by annotation. */
  readonly proxies: readonly ProxyKind[];
  /** Path of the Envoy binary inside the pod. */
  readonly envoyPath: string;
  readonly clusterId: string;
  readonly trustDomain: string;
  readonly clusterDomain: string;
  readonly captureDns: boolean;
  /** Whether an application's network probes go through the agent; a pod's annotation decides otherwise. */
  readonly rewriteAppProbes: boolean;
  /** Log level of the sidecar and its proxy. */
  readonly logLevel: string;
  /** The mesh's `defaultConfig`; a pod's `proxy.istio.io/config` lies over it. */
  readonly proxyConfig: ProxyConfig;
}

/**
 * By the size of V8's nursery in MB: an agent has little garbage, and the least saves 1-3 MB. A proxy's requests outlive so small a
 * one and fill the old space instead: with 4 it takes half the CPU and 30 MB less under load. With `gc` the sidecar drops what its
 * start leaves, 5 MB.
 */
const sidecar = (nurseryMb: number): readonly string[] => [
  '/run/heddle/bin/node',
  `--max-semi-space-size=${nurseryMb}`,
  '--expose-gc',
  '/run/heddle/sidecar.js',
];

/** As `heddle up` lays a pod out: the bundle and the binaries are under /run/heddle. */
export const defaultInjectorConfig: InjectorConfig = {
  image: 'heddle/proxy',
  proxyCommand: { embedded: sidecar(4), envoy: sidecar(1) },
  xdsAddress: 'unix:/run/heddle/xds.sock',
  proxy: 'embedded',
  proxies: ['embedded', 'envoy'],
  envoyPath: '/run/heddle/bin/envoy',
  clusterId: 'Kubernetes',
  trustDomain: 'cluster.local',
  clusterDomain: 'cluster.local',
  captureDns: true,
  rewriteAppProbes: true,
  logLevel: 'warning',
  proxyConfig: {},
};
