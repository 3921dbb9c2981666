// Timers of the wheel: never early, late by a tick at most, whatever is started, stopped and started over meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Timer, TimerWheel, type WheelClock } from './timer-wheel.ts';

class FakeClock implements WheelClock {
  nowMs = 1000.5;
  wakeAtMs = Number.POSITIVE_INFINITY;
  #tick: () => void = () => {};

  now(): number {
    return this.nowMs;
  }

  wake(afterMs: number, tick: () => void): void {
    this.wakeAtMs = this.nowMs + afterMs;
    this.#tick = tick;
  }

  cancel(): void {
    this.wakeAtMs = Number.POSITIVE_INFINITY;
  }

  runTo(endMs: number): void {
    while (this.wakeAtMs <= endMs) {
      this.nowMs = this.wakeAtMs;
      this.wakeAtMs = Number.POSITIVE_INFINITY;
      this.#tick();
    }
    this.nowMs = endMs;
  }
}

test('each timer fires once, not early and at most a tick late', () => {
  const delays = fc.oneof(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 4_000_000 }));
  const steps = fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 20_000 }), delayMs: delays }), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(steps, (list) => {
      const clock = new FakeClock();
      const wheel = new TimerWheel(4, clock);
      const late: number[] = [];
      for (const { waitMs, delayMs } of list) {
        clock.runTo(clock.nowMs + waitMs);
        const due = clock.nowMs + delayMs;
        wheel.start(new Timer(() => late.push(clock.nowMs - due)), delayMs);
      }
      clock.runTo(clock.nowMs + 5_000_000);
      assert.equal(late.length, list.length);
      for (const ms of late) assert.ok(ms >= -1e-6 && ms <= 9, `${ms} ms late`);
    }),
    { numRuns: 200 },
  );
});

test('a stopped timer does not fire; one started over fires once, later', () => {
  const clock = new FakeClock();
  const wheel = new TimerWheel(4, clock);
  const fired: string[] = [];
  const stopped = new Timer(() => fired.push('stopped'));
  const again = new Timer(() => fired.push('again'));
  wheel.start(stopped, 50);
  wheel.start(again, 50);
  clock.runTo(clock.nowMs + 30);
  wheel.stop(stopped);
  wheel.start(again, 100);
  clock.runTo(clock.nowMs + 90);
  assert.deepEqual(fired, []);
  clock.runTo(clock.nowMs + 30);
  assert.deepEqual(fired, ['again']);
  assert.equal(again.running, false);
});

test('a timer that fires may stop its neighbour and start itself', () => {
  const clock = new FakeClock();
  const wheel = new TimerWheel(4, clock);
  const fired: string[] = [];
  const neighbour = new Timer(() => fired.push('neighbour'));
  const first: Timer = new Timer(() => {
    fired.push('first');
    wheel.stop(neighbour);
    if (fired.length < 3) wheel.start(first, 10);
  });
  wheel.start(first, 20);
  wheel.start(neighbour, 20);
  clock.runTo(clock.nowMs + 200);
  assert.deepEqual(fired, ['first', 'first', 'first']);
});

test('on the system clock', async () => {
  const wheel = new TimerWheel();
  const begin = performance.now();
  const keepAlive = setTimeout(() => {}, 1000);
  await new Promise<void>((resolve) => wheel.start(new Timer(resolve), 30));
  clearTimeout(keepAlive);
  const tookMs = performance.now() - begin;
  assert.ok(tookMs >= 30 && tookMs < 500, `${tookMs} ms`);
  wheel.close();
});
