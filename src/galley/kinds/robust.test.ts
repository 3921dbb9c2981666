// Whatever is in a document, checking it ends with issues and never with an exception; what passes can be lowered.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { defaultMeshSettings } from '../../model/mesh-settings.ts';
import { readDocument } from '../check-document.ts';

const folder = join(import.meta.dirname, 'testdata/lower');
const good = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .flatMap((name) => parseAllDocuments(readFileSync(join(folder, name), 'utf8')))
  .map((document) => document.toJS() as object);

const odd = fc.constantFrom<unknown>(
  null,
  '',
  0,
  -1,
  1.5,
  99_999,
  true,
  '*',
  'a b',
  '5s',
  '(',
  'unix://',
  [],
  {},
  [null],
  [{}],
);

interface Mutation {
  readonly at: number;
  readonly how: 'replace' | 'remove' | 'repeat';
  readonly value: unknown;
}

function mutate(root: object, { at, how, value }: Mutation): void {
  const places: { holder: Record<string, unknown>; key: string }[] = [];
  const visit = (holder: Record<string, unknown>): void => {
    for (const [key, inner] of Object.entries(holder)) {
      places.push({ holder, key });
      if (typeof inner === 'object' && inner !== null) visit(inner as Record<string, unknown>);
    }
  };
  visit(root as Record<string, unknown>);
  const { holder, key } = places[at % places.length] ?? { holder: {}, key: '' };
  if (how === 'replace') holder[key] = structuredClone(value);
  else if (how === 'remove') delete holder[key];
  else if (Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]));
  else holder[`${key}x`] = holder[key];
}

test('no document makes the check throw', () => {
  const mutation = fc.record({
    at: fc.nat(10_000),
    how: fc.constantFrom<Mutation['how']>('replace', 'replace', 'remove', 'repeat'),
    value: odd,
  });
  fc.assert(
    fc.property(fc.constantFrom(...good), fc.array(mutation, { minLength: 1, maxLength: 4 }), (document, mutations) => {
      const object = structuredClone(document);
      for (const each of mutations) mutate(object, each);
      const { kind, resource } = readDocument({ object });
      if (resource !== undefined) kind?.lower?.(resource, { settings: defaultMeshSettings });
    }),
    { numRuns: 1000 },
  );
});
