// The embedded API of a local mesh: opened on the state folder's database, with what it needs to admit objects.
import { chownSync, existsSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { admissionCheck } from '../../galley/admission-check.ts';
import { createApiServer } from '../../galley/api-server/api-server.ts';
import type { ApiServer } from '../../galley/api-server/api-server.ts';
import { kubeconfigText, newToken } from '../../galley/api-server/kubeconfig.ts';
import type { ObjectStore } from '../../galley/api-server/object-store.ts';
import { defaultInjectorConfig } from '../../injector/injector-config.ts';
import { readProxyConfig } from '../../injector/proxy-annotations.ts';
import type { ProxyConfig } from '../../injector/proxy-annotations.ts';
import { serviceAddresses } from '../controllers/service-addresses.ts';
import type { StateFolder } from '../state/state-folder.ts';
import { injectionMutator } from './injection-mutator.ts';
import { rootNamespace } from './up-options.ts';
import type { UpOptions } from './up-options.ts';

export interface MeshApi {
  readonly api: ApiServer;
  readonly port: number;
}

export interface MeshApiOptions {
  readonly state: StateFolder;
  readonly options: UpOptions;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly warn: (line: string) => void;
}

/** Also writes the kubeconfig. */
export async function openMeshApi({ state, options, owner, warn }: MeshApiOptions): Promise<MeshApi> {
  const token = newToken();
  const injectorConfig = (): typeof defaultInjectorConfig => ({
    ...defaultInjectorConfig,
    proxy: options.proxy,
    proxies: existsSync(options.envoy) ? ['embedded', 'envoy'] : ['embedded'],
    proxyConfig: meshProxyConfig(api.store),
  });
  const mutators = [serviceAddresses(options.serviceCidr), injectionMutator(injectorConfig, warn)];
  const api: ApiServer = createApiServer({
    dbFile: state.database,
    token,
    check: admissionCheck(),
    mutators,
    logFileOf: ({ metadata }, container) => state.logFile(metadata.namespace ?? '', metadata.name, container),
  });
  const { port } = await api.listen(options.apiPort);
  writeFileSync(state.kubeconfig, kubeconfigText({ server: `http://127.0.0.1:${port}`, token }), { mode: 0o600 });
  chownSync(state.kubeconfig, owner.uid, owner.gid);
  return { api, port };
}

/** The mesh's `defaultConfig`, as far as the injector understands it; what is wrong in it Galley tells. */
function meshProxyConfig(store: ObjectStore): ProxyConfig {
  const text: unknown = Reflect.get(Object(store.get('configmaps', rootNamespace, 'istio')?.['data']), 'mesh');
  try {
    const { defaultConfig = {} } = Object(parse(typeof text === 'string' ? text : ''));
    return readProxyConfig({ 'proxy.istio.io/config': stringify(defaultConfig) }).config;
  } catch {
    // Not YAML: Galley reports it and keeps the settings that it had.
    return {};
  }
}

/**
 * Nothing of an earlier run is running. Pods that somebody owns are made anew; the others start over, with their names.
 */
export function forgetOldPods(store: ObjectStore): void {
  for (const pod of store.list('pods')) {
    const { namespace = 'default', name, ownerReferences = [], deletionTimestamp } = pod.metadata;
    const ref = { resource: 'pods', namespace, name };
    const comesAgain = ownerReferences.some(({ controller }) => controller === true);
    if (comesAgain || deletionTimestamp !== undefined) store.delete(ref, { gracePeriodSeconds: 0 });
    else store.setStatus(ref, { phase: 'Pending' });
  }
}
