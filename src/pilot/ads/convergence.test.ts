// Whatever is pushed in whatever order of events: the proxy ends with the target, and no route it holds lacks its cluster.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ModelProxy, testResource } from '../../../test/kit/model-proxy.ts';
import { type EncodedResource, typeUrls } from '../proxy-resources.ts';

const { cluster: CDS, endpoint: EDS, route: RDS } = typeUrls;
const clusterNames = ['c0', 'c1', 'c2', 'c3'];
const routeNames = ['r0', 'r1'];

/** Versions of the clusters that exist, and for each route the cluster that it leads to. Consistent by construction. */
interface World {
  readonly clusters: readonly { name: string; version: number; endpoints: number }[];
  readonly targets: readonly { name: string; target: string }[];
}

const small = fc.integer({ min: 0, max: 2 });
const worlds: fc.Arbitrary<World> = fc
  .record({
    clusters: fc
      .subarray(clusterNames, { minLength: 1 })
      .chain((names) =>
        fc.tuple(...names.map((name) => fc.record({ name: fc.constant(name), version: small, endpoints: small }))),
      ),
    picks: fc.tuple(small, small),
  })
  .map(({ clusters, picks }) => ({
    clusters,
    targets: routeNames.map((name, index) => {
      const target = clusters[(picks[index] ?? 0) % clusters.length];
      return { name, target: target?.name ?? '' };
    }),
  }));

type Event = { kind: 'change'; world: World } | { kind: 'process' } | { kind: 'want'; routes: string[] };
const events: fc.Arbitrary<Event> = fc.oneof(
  { weight: 3, arbitrary: worlds.map((world): Event => ({ kind: 'change', world })) },
  { weight: 6, arbitrary: fc.constant<Event>({ kind: 'process' }) },
  { weight: 1, arbitrary: fc.subarray(routeNames).map((routes): Event => ({ kind: 'want', routes })) },
);

function resourcesOf(world: World, typeUrl: string): Map<string, EncodedResource> {
  const texts: Record<string, string[]> = {
    [CDS]: world.clusters.map(({ name, version }) => `${name} ${version}`),
    [EDS]: world.clusters.map(({ name, endpoints }) => `${name} ${endpoints}`),
    [RDS]: world.targets.map(({ name, target }) => `${name} 1 ${target}`),
  };
  return new Map((texts[typeUrl] ?? []).map((text) => [text.split(' ')[0] ?? '', testResource(text)]));
}

function texts(world: World, typeUrl: string, names?: readonly string[]): string[] {
  const resources = [...resourcesOf(world, typeUrl).values()].filter((entry) => names?.includes(entry.name) ?? true);
  return resources.map((entry) => Buffer.from(entry.bytes).toString()).sort();
}

/** Once a proxy holds a route, the cluster that it leads to must be there. */
function assertWhole(proxy: ModelProxy): void {
  for (const text of proxy.held[RDS]?.values() ?? []) {
    const target = text.split(' ')[2] ?? '';
    assert.ok(proxy.held[CDS]?.has(target), `route ${text} leads to a cluster that the proxy does not have`);
  }
}

function walk(protocol: 'sotw' | 'delta', first: World, steps: readonly Event[]): void {
  let world = first;
  let wanted = ['r0'];
  const proxy = new ModelProxy(protocol, () => {
    const now = world;
    const maps = new Map<string, Map<string, EncodedResource>>();
    for (const type of [CDS, EDS, RDS]) maps.set(type, resourcesOf(now, type));
    return { of: (type) => maps.get(type) ?? new Map() };
  });
  try {
    while (proxy.inbox.length > 0) proxy.process();
    proxy.want(wanted);
    for (const step of steps) {
      if (step.kind === 'process') proxy.process();
      if (step.kind === 'change') {
        ({ world } = step);
        proxy.stream.refresh();
        proxy.run();
      }
      if (step.kind === 'want') proxy.want((wanted = step.routes));
      assertWhole(proxy);
    }
    for (let rounds = 0; proxy.inbox.length > 0; rounds++) {
      assert.ok(rounds < 1000, 'it never comes to rest');
      proxy.process();
      assertWhole(proxy);
    }
    assert.equal(proxy.stream.settled, true, 'all is answered, yet it is not settled');
    assert.deepEqual([...(proxy.held[CDS]?.values() ?? [])].sort(), texts(world, CDS));
    assert.deepEqual([...(proxy.held[EDS]?.values() ?? [])].sort(), texts(world, EDS));
    assert.deepEqual([...(proxy.held[RDS]?.values() ?? [])].sort(), texts(world, RDS, wanted));
  } finally {
    proxy.stream.close();
  }
}

for (const protocol of ['sotw', 'delta'] as const) {
  test(`${protocol}: any sequence of changes, answers and subscriptions ends in the target, never broken between`, () => {
    fc.assert(
      fc.property(worlds, fc.array(events, { maxLength: 40 }), (first, steps) => walk(protocol, first, steps)),
      { numRuns: 500 },
    );
  });
}
