// A model from manifests, by way of Galley: what tests of Pilot start from. Throws what is wrong with them.
import { ConfigSet } from '../../src/galley/config-set.ts';
import { parseDocuments } from '../../src/galley/yaml-documents.ts';
import { formatIssue, hasErrors } from '../../src/lib/issue.ts';
import type { MeshModel } from '../../src/model/mesh-model.ts';
import type { MeshSettings } from '../../src/model/mesh-settings.ts';
import { defaultMeshSettings } from '../../src/model/mesh-settings.ts';
import type { ProxyNode } from '../../src/pilot/proxy-resources.ts';

export function modelFromYaml(text: string, settings: Partial<MeshSettings> = {}): MeshModel {
  const config = new ConfigSet({ settings: { ...defaultMeshSettings, ...settings } });
  const { documents, issues } = parseDocuments(text, 'test.yaml');
  const problems = [...issues, ...documents.flatMap((document) => config.apply(document))];
  if (hasErrors(problems)) throw new Error(problems.map(formatIssue).join('\n'));
  return config.flush();
}

export interface NodeParts {
  readonly name: string;
  readonly namespace: string;
  readonly type?: ProxyNode['type'];
  readonly address?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export function proxyNode({
  name,
  namespace,
  type = 'sidecar',
  address = '10.1.0.1',
  labels = {},
}: NodeParts): ProxyNode {
  const dnsDomain = `${namespace}.svc.cluster.local`;
  return {
    id: `${type}~${address}~${name}.${namespace}~${dnsDomain}`,
    type,
    addresses: [address],
    name,
    namespace,
    labels,
    serviceAccount: 'default',
    dnsDomain,
    metadata: {},
  };
}
