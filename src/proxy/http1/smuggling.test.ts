// Every payload of the table that is also sent through whole proxies: refused or understood as it says, whole and cut at any byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Payload, SeenRequest } from '../../../test/conformance/smuggling/payload.ts';
import { smugglingPayloads } from '../../../test/conformance/smuggling/payloads.ts';
import { recordRequests, type RecordOptions } from '../../../test/kit/http1-record.ts';
import { normalisePath } from '../../decide/normalise-path.ts';
import { http1Problems } from './problem.ts';

const path = { normalize: true, mergeSlashes: false, escapedSlashes: 'keep' } as const;

interface Outcome {
  readonly status: number | undefined;
  readonly seen: readonly SeenRequest[];
}

/** What a proxy with nothing but codec and path normalisation would do. */
function outcomeOf(payload: Payload, options: RecordOptions): Outcome {
  const { messages, problem } = recordRequests(payload.raw, { ...options, limits: { acceptHttp10: false } });
  const seen: SeenRequest[] = [];
  for (const { head, body, complete } of messages) {
    const normal = normalisePath(head.path, path);
    if (normal.kind !== 'path') return { status: 400, seen };
    if (complete) seen.push({ method: head.method, path: normal.path, host: head.authority, ...(body && { body }) });
  }
  return { status: problem && http1Problems[problem].status, seen };
}

function checkOutcome(payload: Payload, options: RecordOptions): void {
  const { status, seen } = outcomeOf(payload, options);
  assert.equal(status, payload.status);
  assert.deepEqual(seen, payload.seen ?? []);
}

test('the table is as large as was promised, and its names are unique', () => {
  assert.ok(smugglingPayloads.length >= 120, `${smugglingPayloads.length}`);
  assert.equal(new Set(smugglingPayloads.map(({ name }) => name)).size, smugglingPayloads.length);
});

for (const payload of smugglingPayloads) {
  test(`${payload.name}: ${payload.status === undefined ? 'understood' : 'refused'}`, () => {
    checkOutcome(payload, {});
    const { length } = payload.raw;
    const cuts =
      length > 1000 ? [1, 17, length >> 1, length - 1] : Array.from({ length: length - 1 }, (_, at) => at + 1);
    for (const cut of cuts) checkOutcome(payload, { cuts: [cut] });
    if (length <= 1000) checkOutcome(payload, { cuts });
  });
}
