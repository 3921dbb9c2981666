// Cluster addresses of services: given at creation, kept for life, and refused when somebody else has them.
import { createHash } from 'node:crypto';
import { invalid } from '../../galley/api-server/api-error.ts';
import type { MutationRequest, Mutator, ObjectStore } from '../../galley/api-server/object-store.ts';
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { MeshError } from '../../lib/mesh-error.ts';
import { type AddressRange, formatAddress, parseAddress, parseRange } from '../network/address-range.ts';

interface ServiceSpec {
  type?: string;
  clusterIP?: string;
  clusterIPs?: string[];
}

/**
 * For `createApiServer({ mutators })`. The address lies in the object, so it is as durable as that. `serviceCidr` as in
 * `10.96.0.0/16`.
 */
export function serviceAddresses(serviceCidr: string): Mutator {
  const range = parseRange(serviceCidr);
  return (request, store) => {
    if (request.definition.id !== 'services') return;
    const spec: ServiceSpec = (request.object['spec'] ??= {}) as ServiceSpec;
    const former = specOf(request.previous);
    if (spec.type === 'ExternalName') {
      delete spec.clusterIP;
      delete spec.clusterIPs;
      return;
    }
    const given = spec.clusterIP ?? spec.clusterIPs?.[0] ?? '';
    const kept = former?.type === 'ExternalName' ? undefined : former?.clusterIP;
    if (kept !== undefined && given !== '' && given !== kept) throw refuse(request, given, 'may not change once set');
    spec.clusterIP =
      kept ?? (given === '' ? freeAddress(range, request.object, store) : claimed(range, request, store, given));
    spec.clusterIPs = [spec.clusterIP];
  };
}

function specOf(service: KubernetesObject | undefined): ServiceSpec | undefined {
  return service?.['spec'] as ServiceSpec | undefined;
}

function refuse({ definition, object }: MutationRequest, value: string, why: string): Error {
  const cause = {
    reason: 'FieldValueInvalid',
    field: 'spec.clusterIPs[0]',
    message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
  };
  return invalid(definition, object.metadata.name, [cause]);
}

function takenAddresses(store: ObjectStore, except: KubernetesObject): Set<string> {
  const others = store
    .list('services')
    .filter(
      ({ metadata }) => metadata.name !== except.metadata.name || metadata.namespace !== except.metadata.namespace,
    );
  return new Set(others.map((service) => specOf(service)?.clusterIP ?? ''));
}

function claimed(range: AddressRange, request: MutationRequest, store: ObjectStore, given: string): string {
  if (given === 'None') return given;
  const address = parseAddress(given);
  if (address === undefined) throw refuse(request, given, 'must be an IPv4 address or None');
  if (address <= range.first || address >= range.last) {
    throw refuse(
      request,
      given,
      `failed to allocate IP ${given}: the provided IP is not in the valid range ${range.text}`,
    );
  }
  if (takenAddresses(store, request.object).has(given)) {
    throw refuse(request, given, `failed to allocate IP ${given}: provided IP is already allocated`);
  }
  return given;
}

/**
 * Starts from a hash of the name, so that a service which is deleted and made again mostly has its old address. The lowest
 * part of the range is left to those who ask for an address, as Kubernetes does (`min(max(16, size / 16), 256)`).
 */
function freeAddress(range: AddressRange, service: KubernetesObject, store: ObjectStore): string {
  const { namespace = '', name } = service.metadata;
  const taken = takenAddresses(store, service);
  const size = range.last - range.first - 1;
  const reserved = size < 32 ? 0 : Math.min(Math.max(16, Math.floor(size / 16)), 256);
  const start = createHash('sha256').update(`${namespace}/${name}`).digest().readUInt32BE(0);
  for (let tries = 0; tries < size - reserved; tries += 1) {
    const address = formatAddress(range.first + 1 + reserved + ((start + tries) % (size - reserved)));
    if (!taken.has(address)) return address;
  }
  const free = Array.from({ length: reserved }, (_, i) => formatAddress(range.first + 1 + i)).find(
    (each) => !taken.has(each),
  );
  if (free !== undefined) return free;
  throw new MeshError('no-address', `all addresses of ${range.text} are taken`);
}
