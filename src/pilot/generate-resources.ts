// From a model to what each proxy is sent: views, slices, printed and encoded resources, each type only when it is asked for.
import type { DescMessage } from '@bufbuild/protobuf';
import type { MeshModel } from '../model/mesh-model.ts';
import { PrintCache, type Printer } from './print-cache.ts';
import type { EncodedResource, GenerateResources, ProxyResources } from './proxy-resources.ts';
import { typeUrls } from './proxy-resources.ts';
import { createViews, type ProxyView } from './proxy-view.ts';
import { clusterPrinter, clusterSlices } from './xds/cluster.ts';
import { endpointPrinter, endpointSlices } from './xds/endpoint.ts';
import { listenerPrinter, listenerSlices } from './xds/listener.ts';
import { nameTablePrinter, nameTableSlice } from './xds/name-table.ts';
import { routePrinter, routeSlices } from './xds/route.ts';

type Generate = (view: ProxyView, cache: PrintCache) => ReadonlyMap<string, EncodedResource>;

/** One line for each xDS type. */
const types: Readonly<Record<string, Generate>> = {
  [typeUrls.cluster]: generateWith(clusterPrinter, clusterSlices),
  [typeUrls.endpoint]: generateWith(endpointPrinter, endpointSlices),
  [typeUrls.listener]: generateWith(listenerPrinter, listenerSlices),
  [typeUrls.route]: generateWith(routePrinter, routeSlices),
  [typeUrls.nameTable]: generateWith(nameTablePrinter, (view) => [nameTableSlice(view)]),
};

/**
 * The generator of one model. Hand the same cache to the generator of the next one, so that what did not change is neither
 * printed nor encoded again and keeps its version.
 */
export function createGenerator(model: MeshModel, cache: PrintCache = new PrintCache()): GenerateResources {
  cache.turn();
  const viewOf = createViews(model);
  return (proxy) => resourcesOf(viewOf(proxy), cache);
}

function resourcesOf(view: ProxyView, cache: PrintCache): ProxyResources {
  const generated = new Map<string, ReadonlyMap<string, EncodedResource>>();
  return {
    of: (typeUrl) => {
      const known = generated.get(typeUrl) ?? types[typeUrl]?.(view, cache) ?? new Map<string, EncodedResource>();
      generated.set(typeUrl, known);
      return known;
    },
  };
}

function generateWith<Slice extends object, Desc extends DescMessage>(
  printer: Printer<Slice, Desc>,
  slicesOf: (view: ProxyView) => readonly Slice[],
): Generate {
  // Proxies of one class get one list of slices, and so one map.
  const maps = new WeakMap<readonly Slice[], ReadonlyMap<string, EncodedResource>>();
  return (view, cache) => {
    const slices = slicesOf(view);
    const known =
      maps.get(slices) ?? new Map(slices.map((slice) => [printer.nameOf(slice), cache.encode(printer, slice)]));
    maps.set(slices, known);
    return known;
  };
}
