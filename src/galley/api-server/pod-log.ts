// `pods/NAME/log`: what a container has written, from its log file, as `kubectl logs` asks for it.
import { type FileHandle, open } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject, Pod } from '../../lib/kubernetes.ts';
import { ApiError, badRequest } from './api-error.ts';

/** Where the log of a pod's container lies, whether or not it exists yet. */
export type LogFileOf = (pod: KubernetesObject, container: string) => string;

const pollMs = 200;
const chunkBytes = 64 * 1024;

export async function sendPodLog(
  response: ServerResponse,
  pod: KubernetesObject,
  query: URLSearchParams,
  logFileOf: LogFileOf,
): Promise<void> {
  const container = containerOf(pod as Pod, query.get('container') ?? '');
  const tail = query.get('tailLines');
  const lines = tail === null ? undefined : Number(tail);
  if (lines !== undefined && !(Number.isInteger(lines) && lines >= 0))
    throw badRequest('tailLines is not a number of lines');
  if (query.get('previous') === 'true') throw badRequest('logs of earlier runs are in the same log');
  await using file = await openLog(logFileOf(pod, container), container);
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  let position = lines === undefined ? 0 : await startOfTail(file, lines);
  position = await copy(file, position, response);
  while (query.get('follow') === 'true' && !response.destroyed) {
    await sleep(pollMs);
    // A log that was cut short by its rotation starts again.
    if ((await file.stat()).size < position) position = 0;
    position = await copy(file, position, response);
  }
  response.end();
}

function containerOf({ metadata, spec }: Pod, wanted: string): string {
  const names = [...spec.containers, ...(spec.initContainers ?? [])].map(({ name }) => name);
  const chosen =
    wanted === '' ? (metadata.annotations?.['kubectl.kubernetes.io/default-container'] ?? names[0] ?? '') : wanted;
  if (names.includes(chosen)) return chosen;
  throw badRequest(`container ${chosen} is not valid for pod ${metadata.name}; it has: ${names.join(', ')}`);
}

async function openLog(path: string, container: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch {
    // Not started yet, or its log is gone: for the reader both are the same.
    throw new ApiError(400, 'BadRequest', `container "${container}" has written nothing yet`);
  }
}

async function copy(file: FileHandle, from: number, response: ServerResponse): Promise<number> {
  const buffer = Buffer.alloc(chunkBytes);
  let position = from;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, position);
    if (bytesRead === 0 || response.destroyed) return position;
    position += bytesRead;
    if (!response.write(Buffer.from(buffer.subarray(0, bytesRead)))) await drained(response);
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

/** The position after which there are so many lines. */
async function startOfTail(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  const buffer = Buffer.alloc(chunkBytes);
  let missing = lines;
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - chunkBytes);
    await file.read(buffer, 0, end - start, start);
    for (let i = end - start - 1; i >= 0; i -= 1) {
      // The newline at the very end belongs to the last line.
      if (buffer[i] !== 0x0a || start + i === size - 1) continue;
      if (missing <= 1) return lines === 0 ? size : start + i + 1;
      missing -= 1;
    }
    end = start;
  }
  return lines === 0 ? size : 0;
}
