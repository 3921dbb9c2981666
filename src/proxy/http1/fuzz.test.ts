// A small run of test/long/http1-fuzz.test.ts, and every cut of the valid messages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestCorpus, responseCorpus, upgradeCorpus } from '../../../test/kit/http1-corpus.ts';
import { fuzzHttp1 } from '../../../test/kit/http1-fuzz.ts';
import { recordRequests, recordResponse } from '../../../test/kit/http1-record.ts';

test('mutated messages are the same whole and in pieces', () => {
  const { heads, refused } = fuzzHttp1(5000, 1);
  assert.ok(heads >= 2500, `${heads}`);
  assert.ok(refused >= 500, `${refused}`);
});

test('valid messages are the same whole, cut in two at any byte, and byte by byte', () => {
  for (const raw of [...requestCorpus, ...upgradeCorpus]) {
    const whole = recordRequests(raw, { end: true });
    assert.equal(whole.problem, undefined, raw);
    for (let cut = 1; cut < raw.length; cut++) assert.deepEqual(recordRequests(raw, { end: true, cuts: [cut] }), whole);
    const cuts = Array.from({ length: raw.length - 1 }, (_, at) => at + 1);
    assert.deepEqual(recordRequests(raw, { end: true, cuts }), whole);
  }
  for (const raw of responseCorpus) {
    const whole = recordResponse(raw, { end: true });
    assert.equal(whole.problem, undefined, raw);
    for (let cut = 1; cut < raw.length; cut++) assert.deepEqual(recordResponse(raw, { end: true, cuts: [cut] }), whole);
  }
});
