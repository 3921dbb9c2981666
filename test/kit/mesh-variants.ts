// The meshes that every promise is shown on: our own sidecar, a real Envoy, and both mixed in either direction.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';

export type Proxy = 'embedded' | 'envoy';

export interface MeshVariant {
  readonly name: string;
  /** What `--proxy` says. */
  readonly proxy: Proxy;
  /** Workloads whose name starts so have the other one. */
  readonly other: readonly string[];
}

export const plainVariants: readonly MeshVariant[] = [
  { name: 'embedded', proxy: 'embedded', other: [] },
  { name: 'envoy', proxy: 'envoy', other: [] },
];

interface Workload {
  kind?: string;
  metadata?: { name?: string };
  spec?: { template?: { metadata?: { annotations?: Record<string, string> } } };
}

/**
 * The manifests as a variant wants them: unmodified, or copied into `folder` with the annotation that chooses the other
 * proxy on some workloads.
 */
export function manifestsOf(variant: MeshVariant, files: readonly string[], folder: string): readonly string[] {
  if (variant.other.length === 0) return files;
  const other: Proxy = variant.proxy === 'envoy' ? 'embedded' : 'envoy';
  mkdirSync(folder, { recursive: true });
  return files.map((file) => {
    const documents = parseAllDocuments(readFileSync(file, 'utf8')).map(
      (document) => document.toJS() as Workload | null,
    );
    for (const document of documents) {
      const metadata = document?.spec?.template?.metadata;
      if (metadata === undefined || !variant.other.some((name) => document?.metadata?.name?.startsWith(name))) continue;
      metadata.annotations = { ...metadata.annotations, 'sidecar.heddle.dev/proxy': other };
    }
    const copy = join(folder, basename(file));
    writeFileSync(
      copy,
      documents
        .filter(Boolean)
        .map((document) => stringify(document))
        .join('---\n'),
    );
    return copy;
  });
}
