// Law 3 for listeners, clusters, endpoints and names, over random models: equal keys give equal bytes, and, so that nothing is
// printed twice for nothing, different keys give different bytes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DescMessage, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { viewOf } from '../../../test/kit/model-builder.ts';
import { randomModel, randomProxies } from '../../../test/kit/random-model.ts';
import { type Printer, sliceKey } from '../print-cache.ts';
import type { ProxyView } from '../proxy-view.ts';
import { clusterPrinter, clusterSlices } from './cluster.ts';
import { endpointPrinter, endpointSlices } from './endpoint.ts';
import { listenerPrinter, listenerSlices } from './listener.ts';
import { nameTablePrinter, nameTableSlice } from './name-table.ts';

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const each of Object.values(value)) freeze(each);
  }
  return value;
}

/** Name, key and bytes of everything that a proxy gets of one type. */
interface Printed {
  readonly name: string;
  readonly key: string;
  readonly bytes: string;
}

function printAll<Slice, Desc extends DescMessage>(printer: Printer<Slice, Desc>, slices: readonly Slice[]): Printed[] {
  return slices.map((slice) => {
    const bytes = toBinary(printer.schema, printer.print(freeze(slice)));
    return { name: printer.nameOf(slice), key: sliceKey(slice), bytes: Buffer.from(bytes).toString('base64') };
  });
}

const types: Readonly<Record<string, (view: ProxyView) => Printed[]>> = {
  listeners: (view) => printAll(listenerPrinter, listenerSlices(view)),
  clusters: (view) => printAll(clusterPrinter, clusterSlices(view)),
  endpoints: (view) => printAll(endpointPrinter, endpointSlices(view)),
  names: (view) => printAll(nameTablePrinter, [nameTableSlice(view)]),
};

for (const [type, print] of Object.entries(types)) {
  test(`${type}: one key, one text, one name each`, () => {
    const bytesByKey = new Map<string, string>();
    const keyByBytes = new Map<string, string>();
    const property = fc.property(randomModel, fc.constantFrom(...randomProxies), (model, proxy) => {
      const all = print(viewOf(model, proxy));
      assert.equal(new Set(all.map(({ name }) => name)).size, all.length, 'names are unique');
      for (const { key, bytes } of all) {
        assert.equal(bytesByKey.get(key) ?? bytes, bytes, 'equal keys, equal bytes');
        assert.equal(keyByBytes.get(bytes) ?? key, key, 'a key has nothing that is not printed');
        bytesByKey.set(key, bytes);
        keyByBytes.set(bytes, key);
      }
    });
    fc.assert(property, { numRuns: 200 });
    assert.ok(bytesByKey.size > 5, `only ${bytesByKey.size} different ${type}`);
  });
}

test('the same model read again gives the same keys', () => {
  const property = fc.property(randomModel, fc.constantFrom(...randomProxies), (model, proxy) => {
    const again = structuredClone(model);
    for (const print of Object.values(types))
      assert.deepEqual(print(viewOf(again, proxy)), print(viewOf(model, proxy)));
  });
  fc.assert(property, { numRuns: 40 });
});
