// Objects of any shape: the API answers with a refusal or takes them, it never breaks.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { admissionCheck } from '../admission-check.ts';
import { ApiError } from './api-error.ts';
import { answerObjectRequest } from './object-requests.ts';
import { ObjectStore } from './object-store.ts';
import { tableOf } from './object-table-view.ts';
import { parseObjectPath } from './request-path.ts';
import { apiVersionOf, type ResourceDefinition, resourceDefinitions } from './resource-definitions.ts';

const junk = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  { weight: 1, arbitrary: fc.constantFrom(null, 'text', 0, [], {}, [null], { a: null }) },
);

const names = [
  'name',
  'namespace',
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
  'generateName',
  'uid',
  'deletionTimestamp',
];
const fields = [
  'spec',
  'status',
  'data',
  'stringData',
  'metadata',
  'ports',
  'addressType',
  'endpoints',
  'type',
  'rules',
];
const inside = [
  'containers',
  'initContainers',
  'template',
  'selector',
  'ports',
  'replicas',
  'strategy',
  'type',
  'clusterIP',
  'hosts',
  'http',
  'host',
  'servers',
  'metadata',
  'spec',
];

function dictionary(keys: readonly string[], value: fc.Arbitrary<unknown>): fc.Arbitrary<Record<string, unknown>> {
  return fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 5 });
}

const body = fc.tuple(
  dictionary(fields, fc.oneof(junk, dictionary(inside, fc.oneof(junk, dictionary(inside, junk))))),
  dictionary(names, junk),
);

function pathOf(definition: ResourceDefinition, name = ''): string {
  const root = definition.group === '' ? '/api' : '/apis';
  const scope = definition.namespaced ? '/namespaces/default' : '';
  return `${root}/${apiVersionOf(definition)}${scope}/${definition.plural}${name}`;
}

test('create, patch and update of anything end in an answer', () => {
  const store = new ObjectStore({ dbFile: ':memory:', check: admissionCheck() });
  store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  let accepted = 0;
  fc.assert(
    fc.property(fc.constantFrom(...resourceDefinitions), body, body, (definition, [rest, metadata], [patch]) => {
      const base = {
        query: new URLSearchParams(),
        contentType: 'application/json',
        asTable: false,
        onWarning: () => {},
      };
      const request = (method: string, suffix: string, content: unknown, contentType = 'application/json'): void => {
        try {
          const path = parseObjectPath(pathOf(definition, suffix));
          const { code } = answerObjectRequest(store, { ...base, method, path, body: content, contentType });
          if (code === 201) accepted += 1;
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          assert.ok(error.httpStatus >= 400 && error.httpStatus < 500);
        }
      };
      const metadataWithName = { name: 'hostile', ...metadata };
      request('POST', '', { metadata: metadataWithName, ...rest });
      request('PATCH', '/hostile', patch, 'application/merge-patch+json');
      request('PATCH', '/hostile', patch, 'application/strategic-merge-patch+json');
      request('PUT', '/hostile/status', patch);
      tableOf(definition, store.list(definition.id), {}, (object) => object);
      request('DELETE', '/hostile', undefined);
    }),
    { numRuns: 1500 },
  );
  assert.ok(accepted > 50, `only ${accepted} were accepted: the test tests too little`);
  store.close();
});
