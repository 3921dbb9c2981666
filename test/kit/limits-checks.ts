// What the embedded sidecar may cost at most, as tests: the same for the quick tier and, at full size, for the long one.
import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LimitsPod, LimitsWorld, peakWhile, residentNow } from './limits-world.ts';
import { startToReadyMs } from './sidecar-start.ts';

export interface LimitSizes {
  readonly bulkBytes: number;
  readonly idleConnections: number;
  readonly slowConnections: number;
  /** Steady turns with and without them that it takes at least; at most three times as many are tried. */
  readonly slowRounds: number;
  readonly starts: number;
}

const mebibyte = 2 ** 20;
const bulkGrowthBytes = 64 * mebibyte;
const idleConnectionBytes = 24 * 1024;
const slowFactor = 2;
/** What nobody notices, and what a scheduler does when twice as many sockets are open on two cores. */
const slowFloorMs = 1.5;
const startMs = 700;
const memoryFactor = 1.2;
/** Enough that all code that a request takes is compiled. */
const floodMs = 4000;
const floodRequests = 4000;
/** After ten quiet seconds, or two more, the sidecar gives back what load has left. */
const atRestMs = 14_000;
/** As long as a machine with other work may take for it. */
const restLimitMs = 40_000;

const service = 'limits-embedded';
const inMebibytes = (bytes: number): string => `${(bytes / mebibyte).toFixed(1)} MiB`;

export function checkLimits(sizes: LimitSizes): void {
  describe('the embedded sidecar within its limits', () => {
    let world: LimitsWorld;
    before(async () => {
      world = await LimitsWorld.start();
    });
    after(() => world?.stop());

    test('memory: at most 1.2 times what Envoy has resident, with the same configuration', (t) =>
      checkMemory(t, world));
    test('an upload of any size', (t) => checkUpload(t, world, sizes.bulkBytes));
    test('a download of any size', (t) => checkDownload(t, world, sizes.bulkBytes));
    test('idle connections, out of a pod and into one', async (t) => {
      const count = sizes.idleConnections;
      // Two pods: what many connections left behind in one would make room for the next.
      await Promise.all([
        checkIdle(t, world, { from: 'embedded', to: 'embedded', host: service, count }),
        checkIdle(t, world, { from: 'plain', to: 'called', host: world.address('called'), count }),
      ]);
    });
    test('heads that come slowly do not slow others down', (t) => checkSlow(t, world, sizes));
  });

  test('start to ready', async (t) => {
    const times: number[] = [];
    // A busy machine gets more turns; what starts too slowly does so in all of them.
    const enough = (): boolean => times.length >= sizes.starts && quiet(times) <= startMs;
    while (!enough() && times.length < sizes.starts * 3) times.push(await startToReadyMs());
    t.diagnostic(`start to ready in ms: ${times.map((ms) => ms.toFixed(0)).join(' ')}`);
    assert.ok(quiet(times) <= startMs, `${quiet(times).toFixed(0)} ms`);
  });
}

/** The factor has to hold once the sidecar is at rest after load, however long a busy machine makes that take. */
async function checkMemory(t: TestContext, world: LimitsWorld): Promise<void> {
  for (const kind of ['envoy', 'embedded'] as const) {
    const flood = { from: kind, mode: 'flood', host: `limits-${kind}`, number: floodMs } as const;
    const { answered, failed } = await world.run<{ answered: number; failed: number }>(flood);
    t.diagnostic(`${kind}: ${answered} answers, then ${inMebibytes(residentNow(world.proxy(kind)))}`);
    assert.equal(failed, 0);
    assert.ok(answered >= floodRequests, 'that was no load');
  }
  const loadedAt = performance.now();
  for (;;) {
    const [embedded, envoy] = [residentNow(world.proxy('embedded')), residentNow(world.proxy('envoy'))];
    const restedMs = performance.now() - loadedAt;
    if (embedded > envoy * memoryFactor && restedMs < restLimitMs) {
      await sleep(500);
      continue;
    }
    const seconds = (restedMs / 1000).toFixed(1);
    t.diagnostic(
      `embedded ${inMebibytes(embedded)}, Envoy ${inMebibytes(envoy)}: ${(embedded / envoy).toFixed(2)} after ${seconds} s`,
    );
    assert.ok(embedded <= envoy * memoryFactor);
    return;
  }
}

interface Content {
  readonly status: number;
  readonly bytes: number;
  readonly hash: string;
}

async function growthWhile<Result>(t: TestContext, pid: number, run: () => Promise<Result>): Promise<Result> {
  const start = residentNow(pid);
  const from = performance.now();
  const [result, peak] = await peakWhile(pid, run);
  const seconds = (performance.now() - from) / 1000;
  t.diagnostic(`${inMebibytes(start)} to at most ${inMebibytes(peak)} in ${seconds.toFixed(1)} s`);
  assert.ok(peak - start <= bulkGrowthBytes, `grew by ${inMebibytes(peak - start)}`);
  return result;
}

async function checkUpload(t: TestContext, world: LimitsWorld, bytes: number): Promise<void> {
  const result = await growthWhile(t, world.proxy('embedded'), () =>
    world.run<Content & { sent: string }>({ from: 'embedded', mode: 'upload', host: service, number: bytes }),
  );
  assert.deepEqual(result, { status: 200, bytes, hash: result.sent, sent: result.sent });
}

async function checkDownload(t: TestContext, world: LimitsWorld, bytes: number): Promise<void> {
  // Past both sidecars: what the content's hash has to be.
  const wanted = await world.run<Content>({ from: 'plain', mode: 'download', host: '127.0.0.1', number: bytes });
  const result = await growthWhile(t, world.proxy('embedded'), () =>
    world.run<Content>({ from: 'embedded', mode: 'download', host: service, number: bytes }),
  );
  assert.deepEqual(result, { ...wanted, status: 200, bytes });
}

interface IdleOptions {
  readonly from: LimitsPod;
  /** Whose sidecar is measured. */
  readonly to: LimitsPod;
  readonly host: string;
  readonly count: number;
}

async function checkIdle(t: TestContext, world: LimitsWorld, { from, to, host, count }: IdleOptions): Promise<void> {
  const pid = world.proxy(to);
  await world.run({ from, mode: 'pace', host, number: 200 });
  await sleep(atRestMs);
  const start = residentNow(pid);
  const held = await world.hold({ from, mode: 'hold', host, number: count });
  await sleep(1000);
  const each = (residentNow(pid) - start) / count;
  const stillOpen = await held.end();
  t.diagnostic(`from ${from} to ${to}: ${(each / 1024).toFixed(1)} KiB for each of ${count} connections`);
  assert.deepEqual([held.open, stillOpen], [count, count], 'connections were closed');
  assert.ok(each <= idleConnectionBytes, `${(each / 1024).toFixed(1)} KiB for each`);
}

interface Pace {
  readonly failed: number;
  readonly p99: readonly number[];
}

/** Windows beside slow connections, and those before and after without them. */
interface SlowTurn {
  readonly alone: readonly number[];
  readonly beside: readonly number[];
  /** Before and after were alike: what else the machine did stayed the same meanwhile. */
  readonly steady: boolean;
}

const alike = (a: number, b: number): boolean => Math.abs(a - b) < Math.max(slowFloorMs, Math.min(a, b) / 2);
const slowLimit = (aloneMs: number): number => Math.max(aloneMs * slowFactor, aloneMs + slowFloorMs);

/** Goes on while the machine is unsteady or the limit looks broken, for a bounded time: what the proxy itself causes stays. */
async function checkSlow(t: TestContext, world: LimitsWorld, sizes: LimitSizes): Promise<void> {
  const number = sizes.slowConnections;
  const p99 = async (): Promise<readonly number[]> => {
    const pace = await world.run<Pace>({ from: 'embedded', mode: 'pace', host: service, number: 200, windows: 3 });
    assert.equal(pace.failed, 0);
    return pace.p99;
  };
  const turns: SlowTurn[] = [];
  const judge = (): { steady: number; alone: number; beside: number } => {
    const steady = turns.filter((turn) => turn.steady);
    const judged = steady.length === 0 ? turns : steady;
    const all = (which: 'alone' | 'beside'): number => quiet(judged.flatMap((turn) => turn[which]));
    return { steady: steady.length, alone: all('alone'), beside: all('beside') };
  };
  let before = await p99();
  for (;;) {
    const held = await world.hold({ from: 'embedded', mode: 'slow', host: service, number });
    assert.equal(held.open, number);
    const beside = await p99();
    await held.end();
    const after = await p99();
    const steady = alike(quiet(before), quiet(after));
    turns.push({ alone: [...before, ...after], beside, steady });
    t.diagnostic(`p99 in ms: ${inMs(before)}, beside ${number} slow connections: ${inMs(beside)}, then ${inMs(after)}`);
    before = after;
    const verdict = judge();
    const enough = verdict.steady >= sizes.slowRounds && verdict.beside < slowLimit(verdict.alone);
    if (enough || turns.length >= sizes.slowRounds * 3) break;
  }
  const { steady, alone, beside } = judge();
  t.diagnostic(
    `${steady} of ${turns.length} turns were steady: ${alone.toFixed(1)} ms, beside ${beside.toFixed(1)} ms`,
  );
  assert.ok(beside < slowLimit(alone), `p99 ${alone.toFixed(1)} ms became ${beside.toFixed(1)} ms`);
}

const inMs = (values: readonly number[]): string => values.map((ms) => ms.toFixed(1)).join(' ');

/** What else runs on the machine only adds, and not every time: the quietest quarter is what the proxy itself does. */
function quiet(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 2]!;
}
