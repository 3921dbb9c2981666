// The text of docs/fields.md: each field of Istio's CRDs for the kinds that Heddle reads, and how far Heddle follows it.
import { configKinds } from '../src/galley/kinds/index.ts';
import type { ConfigKind } from '../src/galley/kinds/kind.ts';
import { meshConfigSchema } from '../src/galley/kinds/mesh-config.ts';
import { type FieldDescription, walkSchema } from '../src/galley/schema/walk.ts';
import { type CrdVersion, readCrds } from './crd-fields.ts';

const head = `# Fields

Each field of Istio's custom resources for the kinds that Heddle reads, and of MeshConfig. Written by \`scripts/fields.ts\` from the
published CRDs and from the schemas in \`src/galley/kinds\`; do not edit.

- **done**: Heddle does what Istio does.
- **not yet**: the field is known and checked, but has no effect so far. Using it gives a warning with its place.
- **refused**: turned down on purpose, with an error that says why.

\`[]\` stands for each item of a list, \`*\` for each key of a map. What is below a field that is not yet done is not yet done either.
Enum values that differ from their field are listed with it. \`status\` is accepted and not read.
`;

export interface FieldsDocument {
  readonly text: string;
  /** Fields that a CRD has and our schema has not, or the other way round: each is a mistake in the schema. */
  readonly gaps: readonly string[];
}

export function fieldsDocument(crdFolder: string): FieldsDocument {
  const crds = readCrds(crdFolder);
  const gaps: string[] = [];
  const sections: string[] = [];
  for (const kind of configKinds.filter(({ group }) => group.endsWith('istio.io'))) {
    const versions = crds.filter((crd) => crd.group === kind.group && crd.kind === kind.kind);
    const fields = withoutStatus(walkSchema(kind.schema));
    gaps.push(...gapsOf(kind, versions, fields));
    sections.push(section(`${kind.kind}`, `\`${kind.group}\`, ${kind.versions.join(', ')}`, fields));
  }
  sections.push(
    section(
      'MeshConfig',
      'the ConfigMap `istio` in the root namespace, or `--mesh-config FILE`',
      walkSchema(meshConfigSchema),
    ),
  );
  return { text: `${head}\n${overview(sections)}${sections.join('\n')}`, gaps };
}

function overview(sections: readonly string[]): string {
  const names = sections.map((text) => /^## (\S+)/.exec(text)?.[1] ?? '');
  return `${names.map((name) => `[${name}](#${name.toLowerCase()})`).join(' · ')}\n\n`;
}

function withoutStatus(fields: readonly FieldDescription[]): FieldDescription[] {
  return fields.filter(({ path }) => path !== 'status' && !path.startsWith('status.'));
}

function gapsOf(kind: ConfigKind, versions: readonly CrdVersion[], fields: readonly FieldDescription[]): string[] {
  const ours = new Set(fields.map(({ path }) => path));
  const theirs = new Set(versions.flatMap((crd) => crd.fields));
  const served = versions.map(({ version }) => version).filter((version) => !kind.versions.includes(version));
  return [
    ...served.map((version) => `${kind.kind}: version ${version} is in the CRD, not in the kind`),
    ...[...theirs]
      .filter((path) => !ours.has(path))
      .map((path) => `${kind.kind}: ${path} is in the CRD, not in the schema`),
    ...[...ours]
      .filter((path) => !theirs.has(path))
      .map((path) => `${kind.kind}: ${path} is in the schema, not in the CRD`),
  ];
}

const stateNames: Readonly<Record<FieldDescription['state'], string>> = {
  done: 'done',
  'not-yet': 'not yet',
  refused: 'refused',
};

function section(title: string, subtitle: string, fields: readonly FieldDescription[]): string {
  const counts = Object.entries(stateNames).map(
    ([state, name]) => `${fields.filter((field) => field.state === state).length} ${name}`,
  );
  const rows = fields.map(
    (field) => `| \`${field.path}\` | ${field.type} | ${stateNames[field.state]} | ${noteOf(field)} |`,
  );
  return [
    `## ${title}`,
    '',
    `${subtitle}: ${counts.join(', ')}.`,
    '',
    '| field | type | state | note |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function noteOf({ note, required, values }: FieldDescription): string {
  const parts = [
    ...(required ? ['required'] : []),
    ...(note === '' ? [] : [note]),
    ...values.map(({ value, state, note: why }) => `\`${value}\` ${stateNames[state]}: ${why}`),
  ];
  return parts.join('; ').replaceAll('|', '\\|');
}
