// A request's path taken apart: Kubernetes' URL scheme for objects.
import { ApiError } from './api-error.ts';
import { type ResourceDefinition, resourceDefinitions } from './resource-definitions.ts';

export interface ObjectPath {
  readonly definition: ResourceDefinition;
  readonly version: string;
  /** Absent: all namespaces, or a cluster-wide kind. */
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** `/api/v1/...` or `/apis/GROUP/VERSION/...`; throws a 404 for what is not served. */
export function parseObjectPath(pathname: string): ObjectPath {
  const parts = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const core = parts[0] === 'api';
  const [group = '', version = ''] = core ? ['', parts[1]] : parts.slice(1, 3);
  let rest = parts.slice(core ? 2 : 3);
  let namespace: string | undefined;
  // `/namespaces/NAME` and its `/status` are the namespace itself; anything longer is in it.
  if (rest[0] === 'namespaces' && rest.length > 2 && !['status', 'finalize'].includes(rest[2] ?? '')) {
    namespace = rest[1];
    rest = rest.slice(2);
  }
  const [plural, name, subresource] = rest;
  const definition = resourceDefinitions.find(
    (each) => each.group === group && each.plural === plural && each.versions.includes(version),
  );
  if (!['api', 'apis'].includes(parts[0] ?? '') || definition === undefined || rest.length > 3)
    throw unknownPath(pathname);
  if (definition.namespaced ? namespace === undefined && name !== undefined : namespace !== undefined) {
    throw unknownPath(pathname);
  }
  return {
    definition,
    version,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    if (cause instanceof URIError) throw new ApiError(400, 'BadRequest', 'the path is not valid percent-encoding');
    throw cause;
  }
}

export function unknownPath(pathname: string): ApiError {
  const details = { causes: [{ reason: 'UnexpectedServerResponse', message: `${pathname} is not served here` }] };
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', details);
}
