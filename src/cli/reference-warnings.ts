// Tells of references in applied manifests that lead nowhere: a subset that no DestinationRule has, a host that is no service.
import { definitionOfKind, type ResourceDefinition } from '../galley/api-server/resource-definitions.ts';
import { ConfigSet } from '../galley/config-set.ts';
import { apiVersions, configKinds } from '../galley/kinds/index.ts';
import type { Issue } from '../lib/issue.ts';
import type { KubernetesObject } from '../lib/kubernetes.ts';
import { type ApiClient, objectPath } from './api-client.ts';
import type { Manifest } from './check-manifests.ts';

/** Warnings only: what they name may come later. Empty, without asking the API, when no manifest can refer to anything. */
export async function referenceWarnings(
  client: ApiClient,
  manifests: readonly Manifest[],
  namespace: string | undefined,
): Promise<Issue[]> {
  if (!manifests.some(({ definition }) => mayRefer(definition))) return [];
  const lists = await Promise.all(configDefinitions().map((definition) => listAll(client, definition)));
  const config = new ConfigSet();
  try {
    for (const object of lists.flat()) config.apply({ object }, 'mesh');
    const options = namespace === undefined ? {} : { namespace };
    // Once more with their places: the same resources, so they take the place of what was listed.
    for (const { document } of manifests) config.apply(document, 'mesh', options);
    return config.issues().filter(({ code, place }) => code === 'dangling' && place !== undefined);
  } finally {
    config.close();
  }
}

function mayRefer({ group, kind }: ResourceDefinition): boolean {
  return configKinds.some((each) => each.group === group && each.kind === kind && each.references !== undefined);
}

function configDefinitions(): ResourceDefinition[] {
  const found = configKinds.map((each) => definitionOfKind(apiVersions(each)[0] ?? '', each.kind));
  return found.filter((definition) => definition !== undefined);
}

async function listAll(client: ApiClient, definition: ResourceDefinition): Promise<KubernetesObject[]> {
  const { body } = await client.send<{ items: KubernetesObject[] }>({ path: objectPath(definition, '') });
  return body.items;
}
