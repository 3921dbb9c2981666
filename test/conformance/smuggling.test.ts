// Every smuggling payload through the embedded proxy to two parsers that others wrote: the right status, and no request that
// a backend sees and the proxy did not mean.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Case } from './case.ts';
import { ConformanceWorld } from './conformance-world.ts';
import { type ClientResult, RawClient } from './raw-client.ts';
import type { Payload } from './smuggling/payload.ts';
import { smugglingPayloads } from './smuggling/payloads.ts';
import { NodeBackend, type ParsedRequest, type ParsingBackend, PythonBackend, takeUntil } from './strict-backend.ts';

const minPayloads = 120;

function caseFor(name: string, { port }: ParsingBackend): Case {
  return {
    name,
    about: 'everything to one backend',
    hcm: { normalize_path: true },
    backends: { a: { port } },
    steps: [],
  };
}

interface Result {
  readonly client: ClientResult;
  readonly seen: readonly ParsedRequest[];
  /** The answer to a request that came after it over the same connections to the backend. */
  readonly after: string;
}

async function run(world: ConformanceWorld, name: string, backend: ParsingBackend, payload: Payload): Promise<Result> {
  const { address, port } = world.placeOf(name);
  const { raw, status, seen = [] } = payload;
  const responses = seen.length + (status === undefined ? 0 : 1);
  const closes = status === undefined ? {} : ({ until: 'close' } as const);
  const client = await new RawClient(address, port, '127.0.0.1').run({ send: { raw }, responses, ...closes });
  const path = `/after-${payload.name}`;
  const next = await new RawClient(address, port, '127.0.0.1').run({ send: { path } });
  const parsed = await takeUntil(backend, path);
  return { client, seen: parsed, after: next.responses[0]?.body.toString('latin1') ?? 'no answer' };
}

function check(payload: Payload, { client, seen, after: next }: Result): void {
  const expected = (payload.seen ?? []).map((each) => ({ body: '', ...each }));
  assert.deepEqual(seen, expected, 'what the backend saw');
  assert.equal(next, `GET /after-${payload.name}`, 'the answer to the next request');
  if (payload.status === undefined) return;
  const last = client.responses.at(-1)?.start ?? 'no response';
  assert.match(last, new RegExp(`^HTTP/1\\.1 ${payload.status} `));
  assert.equal(client.connection, 'closed', 'a connection on which one was refused');
}

test('there are enough payloads, each with a name of its own', () => {
  const names = new Set(smugglingPayloads.map(({ name }) => name));
  assert.equal(names.size, smugglingPayloads.length);
  assert.ok(names.size >= minPayloads, `${names.size}`);
});

for (const [name, start] of [
  ['to-node', () => new NodeBackend().start()],
  ['to-python', () => new PythonBackend().start()],
] as const) {
  describe(`smuggling through the embedded proxy, ${name}`, () => {
    let backend: ParsingBackend;
    let world: ConformanceWorld;
    before(async () => {
      backend = await start();
      world = await new ConformanceWorld('embedded').start([caseFor(name, backend)]);
    });
    after(async () => {
      await world?.close();
      await backend?.close();
    });

    for (const payload of smugglingPayloads) {
      test(payload.name, async () => check(payload, await run(world, name, backend, payload)));
    }
  });
}
