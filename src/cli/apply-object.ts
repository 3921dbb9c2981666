// Brings one object of a manifest into the API: creates it, or merges it with what is there as kubectl does.
import { ApiError } from '../galley/api-server/api-error.ts';
import { apiVersionOf, hasKeyedLists } from '../galley/api-server/resource-definitions.ts';
import { threeWayMerge } from '../galley/api-server/three-way-merge.ts';
import type { KubernetesObject } from '../lib/kubernetes.ts';
import { type ApiClient, objectPath } from './api-client.ts';
import type { Manifest } from './check-manifests.ts';

export type ApplyAction = 'created' | 'configured' | 'unchanged';

export interface Applied {
  readonly action: ApplyAction;
  readonly object: KubernetesObject;
  readonly warnings: readonly string[];
}

/** kubectl's own annotation, so that both may work on the same objects. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** Somebody else's write in between is no failure: look again. */
const maxAttempts = 5;

/** Throws the server's `ApiError`. */
export async function applyObject(client: ApiClient, manifest: Manifest, signal?: AbortSignal): Promise<Applied> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await applyOnce(client, manifest, signal);
    } catch (error) {
      const raced = error instanceof ApiError && error.httpStatus === 409;
      if (!raced || attempt === maxAttempts) throw error;
    }
  }
}

async function applyOnce(client: ApiClient, { definition, object }: Manifest, signal?: AbortSignal): Promise<Applied> {
  const { namespace = '', name } = object.metadata;
  const next = withRecord(object);
  const current = await client.find(definition, namespace, name);
  if (current === undefined) {
    // The path is the preferred version's, and so has the body to be.
    const path = objectPath(definition, namespace);
    const created = await client.send<KubernetesObject>(
      { method: 'POST', path, body: { ...next, apiVersion: apiVersionOf(definition) } },
      signal,
    );
    return { action: 'created', object: created.body, warnings: created.warnings };
  }
  const keyedLists = hasKeyedLists(definition.group);
  const merged = threeWayMerge({ last: recordIn(current), next, current }, keyedLists) as KubernetesObject;
  const body = { ...merged, apiVersion: current.apiVersion };
  const updated = await client.send<KubernetesObject>(
    { method: 'PUT', path: objectPath(definition, namespace, name), body },
    signal,
  );
  const same = updated.body.metadata.resourceVersion === current.metadata.resourceVersion;
  return { action: same ? 'unchanged' : 'configured', object: updated.body, warnings: updated.warnings };
}

function withRecord(object: KubernetesObject): KubernetesObject {
  const { [lastApplied]: _former, ...annotations } = object.metadata.annotations ?? {};
  const plain = { ...object, metadata: { ...object.metadata, annotations } };
  const record = `${JSON.stringify(plain)}\n`;
  return { ...plain, metadata: { ...plain.metadata, annotations: { ...annotations, [lastApplied]: record } } };
}

function recordIn({ metadata }: KubernetesObject): unknown {
  const text = metadata.annotations?.[lastApplied];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // Written by hand, or cut off: as if it had never been applied.
    return undefined;
  }
}
