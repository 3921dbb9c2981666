// Refusals of the embedded API: the error that is thrown inside, and the `Status` body that Kubernetes clients expect.
import { MeshError } from '../../lib/mesh-error.ts';
import type { ResourceDefinition } from './resource-definitions.ts';

export interface StatusCause {
  readonly reason?: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

export interface StatusBody {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Record<string, never>;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** `reason` is Kubernetes' word (`NotFound`, `Conflict`); `httpStatus` its code. */
export class ApiError extends MeshError {
  readonly reason: string;
  readonly httpStatus: number;
  readonly details: StatusDetails | undefined;

  constructor(httpStatus: number, reason: string, message: string, details?: StatusDetails) {
    super(`api-${reason === '' ? 'error' : reason}`, message);
    this.reason = reason;
    this.httpStatus = httpStatus;
    this.details = details;
  }
}

export function statusOf(error: ApiError): StatusBody {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
    ...(error.reason === '' ? {} : { reason: error.reason }),
    ...(error.details === undefined ? {} : { details: error.details }),
    code: error.httpStatus,
  };
}

export function isApiError(error: unknown, reason: string): boolean {
  return error instanceof ApiError && error.reason === reason;
}

function detailsOf(definition: ResourceDefinition, name: string): StatusDetails {
  return { name, ...(definition.group === '' ? {} : { group: definition.group }), kind: definition.plural };
}

export function notFound(definition: ResourceDefinition, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${definition.id} "${name}" not found`, detailsOf(definition, name));
}

export function alreadyExists(definition: ResourceDefinition, name: string): ApiError {
  return new ApiError(409, 'AlreadyExists', `${definition.id} "${name}" already exists`, detailsOf(definition, name));
}

export function conflict(definition: ResourceDefinition, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${definition.id} "${name}": ${why}`;
  return new ApiError(409, 'Conflict', message, detailsOf(definition, name));
}

export function forbidden(definition: ResourceDefinition, name: string, why: string): ApiError {
  return new ApiError(403, 'Forbidden', `${definition.id} "${name}" is forbidden: ${why}`, detailsOf(definition, name));
}

/** 422 with one cause for each field. */
export function invalid(definition: ResourceDefinition, name: string, causes: readonly StatusCause[]): ApiError {
  const texts = causes.map((cause) =>
    cause.field === undefined || cause.field === '' ? cause.message : `${cause.field}: ${cause.message}`,
  );
  const subject = definition.group === '' ? definition.kind : `${definition.kind}.${definition.group}`;
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const group = definition.group === '' ? {} : { group: definition.group };
  return new ApiError(422, 'Invalid', `${subject} "${name}" is invalid: ${list}`, {
    name,
    ...group,
    kind: definition.kind,
    causes,
  });
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

export function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message);
}
