// Reads a request's body, JSON, YAML or a little protobuf, within the size that Kubernetes allows.
import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import { describeError } from '../../lib/mesh-error.ts';
import { ApiError, badRequest } from './api-error.ts';
import { readProtobufBody } from './protobuf-body.ts';

export const maxBodyBytes = 3 * 1024 * 1024;

/** The media type without parameters. */
export function contentTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** `undefined` for an empty body. Throws 400, 413, 415. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const tooLarge = (): ApiError => new ApiError(413, 'RequestEntityTooLarge', `limit is ${maxBodyBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maxBodyBytes) throw tooLarge();
    chunks.push(bytes);
  }
  if (length === 0) return undefined;
  const bytes = Buffer.concat(chunks);
  const contentType = contentTypeOf(request);
  if (contentType === 'application/vnd.kubernetes.protobuf') return readProtobufBody(bytes);
  return parseBody(bytes.toString('utf8'), contentType);
}

function parseBody(text: string, contentType: string): unknown {
  try {
    if (contentType.endsWith('json')) return JSON.parse(text);
    // Each alias is expanded at most so often: a small document may not grow without bound. Of equal keys the last
    // counts, as in JSON: the parser would compare each key with each, minutes for a body that is small enough.
    if (contentType.endsWith('yaml')) return parse(text, { maxAliasCount: 100, uniqueKeys: false });
  } catch (error) {
    throw badRequest(`the body cannot be read as ${contentType}: ${describeError(error)}`);
  }
  throw new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unsupported format: ${contentType}`,
  );
}
