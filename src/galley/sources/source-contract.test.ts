// What every source promises, run against each of them: real files, and a real API over a real socket.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { createApiServer } from '../api-server/api-server.ts';
import { resourceIdOf, resourceKey } from '../resource-id.ts';
import { FilesSource } from './files.ts';
import { KubernetesSource } from './kubernetes.ts';
import type { ConfigSink, ConfigSource } from './source.ts';

/** Where a test puts resources, and the source that finds them. */
interface World {
  put(object: KubernetesObject): void;
  remove(object: KubernetesObject): void;
  start(sink: ConfigSink): ConfigSource;
  close(): Promise<void>;
}

function filesWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-source-'));
  const fileOf = (object: KubernetesObject): string => join(folder, `${object.kind}-${object.metadata.name}.yaml`);
  return Promise.resolve({
    put: (object) => writeFileSync(fileOf(object), JSON.stringify(object)),
    remove: (object) => rmSync(fileOf(object)),
    start: (sink) => new FilesSource({ paths: [folder], sink }),
    close: () => Promise.resolve(rmSync(folder, { recursive: true })),
  });
}

async function kubernetesWorld(): Promise<World> {
  const api = createApiServer({ dbFile: ':memory:', token: 'secret' });
  const { port } = await api.listen();
  const plural = (object: KubernetesObject): string => `${object.kind.toLowerCase()}s`;
  const access = { ca: undefined, cert: undefined, key: undefined, skipVerify: false, token: () => 'secret' };
  return {
    put: (object) => {
      const { name, namespace = '' } = object.metadata;
      if (api.store.get(plural(object), namespace, name) === undefined) api.store.create(structuredClone(object));
      else api.store.update(structuredClone(object));
    },
    remove: ({ kind, metadata: { name, namespace = '' } }) =>
      void api.store.delete({ resource: `${kind.toLowerCase()}s`, namespace, name }),
    start: (sink) => new KubernetesSource({ access: { ...access, server: new URL(`http://127.0.0.1:${port}`) }, sink }),
    close: () => api.close(),
  };
}

function service(name: string, port = 80): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { selector: { app: name }, ports: [{ port }] },
  };
}

/** Keeps what it was told of services: name to port. */
function recorder(): { sink: ConfigSink; services: Map<string, number>; told: string[] } {
  const services = new Map<string, number>();
  const told: string[] = [];
  const sink: ConfigSink = {
    apply: ({ object }) => {
      const { kind, metadata, spec } = object as KubernetesObject & { spec: { ports: { port: number }[] } };
      if (kind !== 'Service') return;
      services.set(metadata.name, spec.ports[0]!.port);
      told.push(`apply ${resourceKey(resourceIdOf(object)!)}`);
    },
    delete: (id) => {
      if (id.kind === 'Service') services.delete(id.name);
      told.push(`delete ${resourceKey(id)}`);
    },
  };
  return { sink, services, told };
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 10) {
    assert.ok(waited < 15_000, 'it did not come about in 15 s');
    await sleep(10);
  }
}

for (const [name, makeWorld] of Object.entries({ files: filesWorld, kubernetes: kubernetesWorld })) {
  describe(`the ${name} source`, () => {
    test('tells what is there before it says that it is in step', async (t) => {
      const world = await makeWorld();
      t.after(() => world.close());
      world.put(service('a'));
      world.put(service('b', 81));
      const { sink, services } = recorder();
      const source = world.start(sink);
      t.after(() => source.close());
      await source.synced;
      assert.deepEqual(
        [...services].toSorted(([a], [b]) => a.localeCompare(b)),
        [
          ['a', 80],
          ['b', 81],
        ],
      );
      assert.deepEqual(source.issues(), []);
    });

    test('tells of what comes, changes and goes', async (t) => {
      const world = await makeWorld();
      t.after(() => world.close());
      const { sink, services } = recorder();
      const source = world.start(sink);
      t.after(() => source.close());
      await source.synced;
      world.put(service('a'));
      await until(() => services.get('a') === 80);
      world.put(service('a', 8080));
      await until(() => services.get('a') === 8080);
      world.remove(service('a'));
      await until(() => !services.has('a'));
    });

    test('tells nothing of what did not change', async (t) => {
      const world = await makeWorld();
      t.after(() => world.close());
      world.put(service('a'));
      const { sink, services, told } = recorder();
      const source = world.start(sink);
      t.after(() => source.close());
      await source.synced;
      told.length = 0;
      world.put(service('b'));
      await until(() => services.has('b'));
      assert.deepEqual(told, ['apply /Service/default/b']);
    });

    test('tells nothing after it was closed', async (t) => {
      const world = await makeWorld();
      t.after(() => world.close());
      const { sink, told } = recorder();
      const source = world.start(sink);
      await source.synced;
      await source.close();
      told.length = 0;
      world.put(service('a'));
      await sleep(60);
      assert.deepEqual(told, []);
    });

    test('may be closed at once', async (t) => {
      const world = await makeWorld();
      t.after(() => world.close());
      await world.start(recorder().sink).close();
    });
  });
}
