// Reads the fields of custom resources from their published CRDs, in the notation of src/galley/schema/walk.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

export interface CrdVersion {
  readonly group: string;
  readonly kind: string;
  readonly version: string;
  /** `spec.http[].match[].headers.*.exact`, in the CRD's order, without `metadata` and what is below `status`. */
  readonly fields: readonly string[];
}

interface OpenApi {
  readonly properties?: Readonly<Record<string, OpenApi>>;
  readonly items?: OpenApi;
  readonly additionalProperties?: OpenApi | boolean;
}

interface Crd {
  readonly kind?: string;
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: OpenApi } }[];
  };
}

/** Every version of every CRD of Istio in the folder. */
export function readCrds(folder: string): CrdVersion[] {
  const documents = parseAllDocuments(readFileSync(join(folder, 'istio.yaml'), 'utf8'));
  const crds = documents.map((document) => document.toJS() as Crd | null);
  return crds
    .filter((crd) => crd?.kind === 'CustomResourceDefinition')
    .flatMap((crd) =>
      crd!.spec.versions.map(({ name, schema }) => ({
        group: crd!.spec.group,
        kind: crd!.spec.names.kind,
        version: name,
        fields: fieldsOf(schema.openAPIV3Schema).filter(
          (path) => !/^(?:status\b|metadata$|apiVersion$|kind$)/.test(path),
        ),
      })),
    );
}

function fieldsOf(schema: OpenApi, path = ''): string[] {
  const here = path === '' || path.endsWith('[]') || path.endsWith('.*') ? [] : [path];
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    fieldsOf(field, path === '' ? name : `${path}.${name}`),
  );
  const items = schema.items === undefined ? [] : fieldsOf(schema.items, `${path}[]`);
  const values =
    typeof schema.additionalProperties === 'object' ? fieldsOf(schema.additionalProperties, `${path}.*`) : [];
  return [...here, ...below, ...items, ...values];
}
