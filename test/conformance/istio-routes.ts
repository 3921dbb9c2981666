// The routes that Pilot prints for a port of a client's sidecar, with its clusters exchanged for the case's own.
import { createRegistry, type JsonObject as ProtoJson, toJson } from '@bufbuild/protobuf';
import { anySchemas } from '../../src/decide/config/decode/any-types.ts';
import { routePrinter, routeSlices } from '../../src/pilot/xds/route.ts';
import { viewOf } from '../kit/model-builder.ts';
import { modelFromYaml } from '../kit/model-from-yaml.ts';
import type { IstioSource, JsonObject } from './case.ts';

const registry = createRegistry(...anySchemas);

export function printIstioRoutes({ yaml, port, clusters }: IstioSource): JsonObject {
  const view = viewOf(modelFromYaml(yaml), 'default/client');
  const slices = routeSlices(view);
  const slice = slices.find((each) => routePrinter.nameOf(each) === port);
  if (slice === undefined)
    throw new Error(`no routes ${port}; there are ${slices.map((each) => routePrinter.nameOf(each)).join(' ')}`);
  const json = toJson(routePrinter.schema, routePrinter.print(slice), { registry, useProtoFieldName: true });
  let text = JSON.stringify(json);
  for (const [printed, backend] of Object.entries(clusters)) text = text.replaceAll(`"${printed}"`, `"$${backend}"`);
  return JSON.parse(text) as ProtoJson as JsonObject;
}
