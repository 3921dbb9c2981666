// What our routes make a real Envoy do: the exam's cases that need no interception, on loopback. Fast, before the whole mesh is run.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readCases } from '../exam/case.ts';
import { LoopbackExam } from '../kit/loopback-exam.ts';
import { LoopbackWorld } from '../kit/loopback-world.ts';
import { exam as examFolder, skipWithout } from '../kit/shared.ts';

const topics = `vs-conflict vs-cors vs-defaults vs-delegate vs-direct vs-headers vs-hosts vs-match vs-mirror vs-order
  vs-redirect vs-rewrite dr-subset gateway`.split(/\s+/);

/** Their outcome depends on the server's sidecar, on what is intercepted, on the client's address, or on a later policy. */
const beyond = `vs-defaults-006 vs-defaults-013 vs-defaults-016 vs-hosts-024 vs-hosts-025
  gateway-029 gateway-030 gateway-045`.split(/\s+/);

const skip = skipWithout(examFolder);

describe('routes on a real Envoy', { skip }, () => {
  let world: LoopbackWorld;
  let exam: LoopbackExam;
  before(async () => {
    world = await new LoopbackWorld().start();
    exam = new LoopbackExam(world);
  });
  after(async () => {
    exam.close();
    await world.close();
  });

  for (const topic of skip === false ? topics : []) {
    it(topic, async () => {
      let ran = 0;
      for (const examCase of readCases([topic])) {
        if (beyond.includes(examCase.name)) continue;
        const found = await exam.run(examCase);
        if (found === undefined) continue;
        ran += 1;
        assert.deepEqual(found, [], `${examCase.name}: ${examCase.about}`);
      }
      assert.ok(ran > 0, 'no case was run');
    });
  }

  it('had no update rejected', async () => {
    assert.equal(await world.rejected(), 0);
  });
});
