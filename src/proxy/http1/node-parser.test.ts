// What is valid means the same here as to Node's own parser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestCorpus, responseCorpus } from '../../../test/kit/http1-corpus.ts';
import { fields, recordRequests, recordResponse } from '../../../test/kit/http1-record.ts';
import { NodeHttpParser } from '../../../test/kit/node-http-parser.ts';

/** Of the connection, so not passed on; `te` and `host` are told apart. */
const notCompared = new Set([
  'connection',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'x-gone',
]);

function comparable(lines: readonly string[]): string[] {
  return lines.filter((line) => !notCompared.has(line.split(':', 1)[0]!));
}

function nodeFields(headers: readonly string[]): string[] {
  const lines: string[] = [];
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]!.toLowerCase()}: ${headers[at + 1]!}`);
  return comparable(lines);
}

for (const raw of requestCorpus) {
  test(`request ${JSON.stringify(raw.slice(0, 50))}`, () => {
    const node = new NodeHttpParser('request');
    assert.ok(node.execute(Buffer.from(raw, 'latin1')));
    const { messages, problem } = recordRequests(raw);
    assert.equal(problem, undefined);
    assert.deepEqual(
      messages.map(({ head, body, trailers, complete }) => ({
        method: head.method,
        url: head.target,
        headers: comparable([...fields(head.headers), ...(trailers ?? [])]),
        body,
        complete,
      })),
      node.messages.map(({ method, url, headers, body, complete }) => ({
        method,
        url,
        headers: nodeFields(headers),
        body,
        complete,
      })),
    );
  });
}

for (const raw of responseCorpus) {
  test(`response ${JSON.stringify(raw.slice(0, 50))}`, () => {
    const node = new NodeHttpParser('response');
    assert.ok(node.execute(Buffer.from(raw, 'latin1')));
    assert.ok(node.finish());
    const { messages, informational, problem } = recordResponse(raw, { end: true });
    assert.equal(problem, undefined);
    const [message] = messages;
    const final = node.messages.at(-1)!;
    assert.equal(node.messages.length, informational.length + 1);
    assert.equal(message?.head.status, final.status);
    assert.deepEqual(
      comparable([...fields(message.head.headers), ...(message.trailers ?? [])]),
      nodeFields(final.headers),
    );
    assert.equal(message.body, final.body);
    assert.equal(message.complete, final.complete);
  });
}
