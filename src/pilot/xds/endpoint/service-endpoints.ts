// The endpoints of one service port that clients may use.
import type { MeshModel } from '../../../model/mesh-model.ts';
import { serviceKey } from '../../../model/mesh-model.ts';
import type { Endpoint, Service, ServicePort } from '../../../model/service.ts';

/** Ready ones, in the registry's order; draining ones take nothing new. */
export function endpointsOf(model: MeshModel, service: Service, port: ServicePort): Endpoint[] {
  const all = model.endpoints.get(serviceKey(service)) ?? [];
  return all.filter(
    (endpoint) => endpoint.portName === port.name && (endpoint.health === 'healthy' || service.publishNotReady),
  );
}
