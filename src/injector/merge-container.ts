// Lays what a manifest says about the proxy's container over what the injector would put there.
import type { Container, EnvVar } from '../lib/kubernetes.ts';

/** The manifest's own fields win; lists that have names are joined by them. `image: auto` asks for ours. */
export function mergeContainer(template: Container, written: Container | undefined): Container {
  if (written === undefined) return template;
  const { image, env, ports, volumeMounts, resources, securityContext, ...rest } = written;
  return {
    ...template,
    ...rest,
    ...(image === undefined || image === 'auto' ? {} : { image }),
    env: joinBy(template.env, env, (item: EnvVar) => item.name),
    ports: joinBy(template.ports, ports, (port) => `${port.protocol ?? 'TCP'}/${port.containerPort}`),
    volumeMounts: joinBy(template.volumeMounts, volumeMounts, (mount) => mount.mountPath),
    resources: { ...template.resources, ...resources },
    securityContext: { ...template.securityContext, ...securityContext },
  };
}

function joinBy<T>(template: readonly T[] = [], written: readonly T[] = [], key: (item: T) => string): T[] {
  const keys = new Set(written.map(key));
  return [...template.filter((item) => !keys.has(key(item))), ...written];
}
