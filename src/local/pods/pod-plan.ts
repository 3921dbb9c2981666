// From a Pod object to what its sandbox and its containers need: files, mounts, commands, users.
import type { Container, Pod } from '../../lib/kubernetes.ts';
import { MeshError } from '../../lib/mesh-error.ts';
import { commandOf, findImage } from '../images/image-table.ts';
import { containerEnvironment, expand } from './container-environment.ts';
import type { ContainerLaunch } from './container-process.ts';
import type { ContainerMount } from './container-root.ts';
import { containerUser } from './container-user.ts';
import type { PodContext } from './pod-context.ts';
import { sharedFolder } from './sandbox-script.ts';
import type { PodVolume, SandboxPlan } from './sandbox-script.ts';

export function hostNameOf({ spec, metadata }: Pod): string {
  return (spec.hostname ?? metadata.name).slice(0, 63).replace(/[-.]$/, '');
}

export function sandboxPlan(pod: Pod, volumes: readonly PodVolume[], context: PodContext, podIP: string): SandboxPlan {
  const namespace = pod.metadata.namespace ?? 'default';
  const { clusterDomain: domain, dnsAddress, state } = context;
  const hostname = hostNameOf(pod);
  const own = pod.spec.subdomain === undefined ? '' : `${hostname}.${pod.spec.subdomain}.${namespace}.svc.${domain}\t`;
  const resolv = `search ${namespace}.svc.${domain} svc.${domain} ${domain}\nnameserver ${dnsAddress}\noptions ndots:5\n`;
  return {
    hostname,
    base: state.mountPoint,
    etc: new Map([
      ['resolv.conf', resolv],
      ['hosts', `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n${podIP}\t${own}${hostname}\n`],
      ['nsswitch.conf', nameServices],
      ['hostname', `${hostname}\n`],
    ]),
    volumes,
    binds: [[state.run, sharedFolder], ...context.binds],
    containers: [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(({ name }) => name),
    sysctls: sysctlsOf(pod),
  };
}

/** The host's own choices (mDNS answers for `.local`, or a resolver daemon) would come before the cluster's DNS. */
const nameServices = ['passwd', 'group', 'shadow', 'services', 'protocols', 'networks']
  .map((database) => `${database}: files\n`)
  .concat('hosts: files dns\n')
  .join('');

/** Low ports are open to every user, as container runtimes have it; a pod may set what is its network's own. */
function sysctlsOf(pod: Pod): Map<string, string> {
  const found = new Map([['net/ipv4/ip_unprivileged_port_start', '0']]);
  for (const { name, value } of pod.spec.securityContext?.sysctls ?? []) {
    if (/^net\.[\w.-]+$/.test(name) && !name.includes('..')) found.set(name.replaceAll('.', '/'), value);
  }
  return found;
}

/** Images without an entry are told before any pod starts; one that comes later ends here. */
export function containerLaunch(pod: Pod, container: Container, context: PodContext, podIP: string): ContainerLaunch {
  const image = container.image ?? '';
  const ownCommand = (container.command ?? []).length > 0;
  const entry = findImage(context.images, image) ?? (ownCommand ? { command: [], args: [], env: {} } : undefined);
  if (entry === undefined) {
    throw new MeshError(
      'no-image',
      `image ${image} has no local command: give it an entry in an images file, and start again with --images FILE`,
    );
  }
  const workdir = entry.workdir === undefined ? '/' : (context.workdirs.get(entry.workdir) ?? '/');
  const env = containerEnvironment({
    pod,
    container,
    podIP,
    imageEnv: entry.env,
    workdir,
    configs: context.configs,
  });
  const command = commandOf(container, entry).map((word) => expand(word, env));
  if (command.length === 0) throw new MeshError('no-command', `image ${image} names no command`);
  return {
    command,
    env,
    folder: container.workingDir ?? workdir,
    user: containerUser(pod.spec, container),
    root: {
      name: container.name,
      base: context.state.mountPoint,
      hidden: [context.state.path],
      mounts: mountsOf(pod, container),
      readOnly: container.securityContext?.readOnlyRootFilesystem === true,
    },
    logFile: context.state.logFile(pod.metadata.namespace ?? 'default', pod.metadata.name, container.name),
  };
}

/** Outer folders first, whatever the manifest's order: else they would hide what is mounted below them. */
function mountsOf(pod: Pod, container: Container): ContainerMount[] {
  const volumes = new Set((pod.spec.volumes ?? []).map(({ name }) => name));
  return (container.volumeMounts ?? [])
    .toSorted((a, b) => (a.mountPath < b.mountPath ? -1 : 1))
    .map(({ name, mountPath, subPath, readOnly }) => {
      if (!volumes.has(name)) throw new MeshError('volume', `volumeMounts: the pod has no volume ${name}`);
      if (!mountPath.startsWith('/') || mountPath.split('/').includes('..')) {
        throw new MeshError('volume', `volumeMounts: mountPath ${mountPath} must be absolute`);
      }
      if (subPath?.split('/').includes('..') === true) throw new MeshError('volume', `bad subPath ${subPath}`);
      return {
        volume: name,
        target: mountPath,
        ...(subPath === undefined ? {} : { subPath }),
        ...(readOnly === undefined ? {} : { readOnly }),
      };
    });
}
