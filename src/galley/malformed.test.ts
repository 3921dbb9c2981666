// Malformed documents: for each kind and each way to be wrong that applies to it, what people are told, and that nothing else suffers.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { assertGolden } from '../../test/kit/golden.ts';
import { formatIssue, type Issue, type IssueCode } from '../lib/issue.ts';
import { ConfigSet } from './config-set.ts';
import { configKinds } from './kinds/index.ts';
import { meshConfigSchema } from './kinds/mesh-config.ts';
import type { Schema } from './schema.ts';
import { walkSchema } from './schema/walk.ts';
import { parseDocuments } from './yaml-documents.ts';

/** Ways to be wrong; each is also the code of its issues and the name of its file. */
const categories = [
  'syntax',
  'unknown-field',
  'wrong-type',
  'out-of-range',
  'bad-enum',
  'missing',
  'dangling',
  'duplicate',
  'bad-duration',
  'bad-regex',
  'crossing',
] as const satisfies readonly IssueCode[];
type Category = (typeof categories)[number];

/** Kinds with fields that exclude or need each other. */
const withCrossingFields: ReadonlySet<string> = new Set([
  'VirtualService',
  'DestinationRule',
  'Gateway',
  'ServiceEntry',
  'Sidecar',
  'WorkloadEntry',
]);

const root = resolve(import.meta.dirname, 'testdata/malformed');
const neighbours = readFileSync(join(root, 'neighbours.yaml'), 'utf8');

interface Subject {
  readonly kind: string;
  readonly schema: Schema;
  readonly hasReferences: boolean;
}

/** A ConfigMap says something only as MeshConfig, so that its schema counts. */
const subjects: readonly Subject[] = configKinds.map((each) =>
  each.kind === 'ConfigMap'
    ? { kind: 'MeshConfig', schema: meshConfigSchema, hasReferences: false }
    : { kind: each.kind, schema: each.schema, hasReferences: 'references' in each },
);

function applies(category: Category, subject: Subject): boolean {
  const types = walkSchema(subject.schema).map((field) => field.type);
  const some = (pattern: RegExp): boolean => types.some((type) => pattern.test(type));
  switch (category) {
    case 'out-of-range':
      return some(/integer, |number, /);
    case 'bad-enum':
      return some(/one of /);
    case 'bad-duration':
      return some(/duration/);
    case 'bad-regex':
      return walkSchema(subject.schema).some((field) => field.path.endsWith('.regex'));
    case 'dangling':
      return subject.hasReferences;
    case 'crossing':
      return withCrossingFields.has(subject.kind);
    case 'syntax':
    case 'unknown-field':
    case 'wrong-type':
    case 'missing':
    case 'duplicate':
      return true;
  }
}

function folderOf(kind: string): string {
  return kind.replaceAll(/(?<=.)([A-Z])/g, '-$1').toLowerCase();
}

/** The neighbours stand in the same file, behind what is broken. */
function take(text: string, file: string): { issues: Issue[]; config: ConfigSet } {
  const parsed = parseDocuments(`${text}---\n${neighbours}`, file);
  const config = new ConfigSet();
  const homeless = parsed.documents.flatMap((document) => config.apply(document));
  const found = [...parsed.issues, ...config.issues()];
  // An object without a name has no place in the set; its problems come back from `apply` alone.
  const known = new Set(found.map(formatIssue));
  return {
    config,
    issues: [...found, ...homeless.filter((issue) => !known.has(formatIssue(issue)))].toSorted(byPlace),
  };
}

function byPlace(a: Issue, b: Issue): number {
  return (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0);
}

function neighboursIn(config: ConfigSet): unknown {
  const model = config.flush();
  const services = model.services.filter((service) => service.namespace === 'near');
  return { services, routeTables: model.routeTables.filter((table) => table.namespace === 'near') };
}

const undisturbed = neighboursIn(take('', 'neighbours.yaml').config);

for (const subject of subjects) {
  const folder = folderOf(subject.kind);
  describe(`malformed ${subject.kind}`, () => {
    const needed = categories.filter((category) => applies(category, subject));

    test('each way to be wrong that applies has a case, no other has', () => {
      const there = existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [];
      const cases = there.filter((name) => name.endsWith('.yaml')).map((name) => name.replace('.yaml', ''));
      assert.deepEqual(cases.toSorted(), needed.toSorted());
    });

    for (const category of needed) {
      test(category, () => {
        const name = `${folder}/${category}`;
        const text = readFileSync(join(root, `${name}.yaml`), 'utf8');
        const { issues, config } = take(text, `${category}.yaml`);
        const lines = text.split('\n').length;
        assert.ok(
          issues.some((issue) => issue.code === category),
          `no issue of code ${category}`,
        );
        for (const issue of issues)
          assert.ok(issue.place !== undefined && issue.place.line <= lines, formatIssue(issue));
        assert.deepEqual(neighboursIn(config), undisturbed);
        assertGolden(
          import.meta.url,
          `malformed/${name}.txt`,
          issues.map((issue) => `${formatIssue(issue)}\n`).join(''),
        );
      });
    }
  });
}
