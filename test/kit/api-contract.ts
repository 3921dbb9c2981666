// What Kubernetes' API promises, as cases that run against any base URL: the embedded API, or a real kube-apiserver.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ApiKit, type ApiTarget } from './api-client-kit.ts';

const vsGroup = '/apis/networking.istio.io';

function configMap(name: string, data: object = {}, metadata: object = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}

function virtualService(name: string, version = 'v1'): object {
  return {
    apiVersion: `networking.istio.io/${version}`,
    kind: 'VirtualService',
    metadata: { name },
    spec: { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews' } }] }] },
  };
}

/** `start` gives the API to be examined; `stop` ends it. The cases work in a namespace of their own. */
export function apiContract(title: string, start: () => Promise<ApiTarget>, stop: () => Promise<void>): void {
  describe(`Kubernetes API contract: ${title}`, () => {
    const namespace = `contract-${process.pid}`;
    const maps = `/api/v1/namespaces/${namespace}/configmaps`;
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    const services = `${vsGroup}/v1/namespaces/${namespace}/virtualservices`;
    let api: ApiKit;
    before(async () => {
      api = new ApiKit(await start());
      await api.expect(201, 'POST', '/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace },
      });
    });
    after(stop);

    test('create gives uid, creation time to the second and a resourceVersion', async () => {
      const made = await api.expect(201, 'POST', maps, configMap('made', { a: '1' }));
      assert.match(String(made.metadata.uid), /^[0-9a-f-]{36}$/);
      assert.match(String(made.metadata['creationTimestamp']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.ok(Number(made.metadata.resourceVersion) > 0);
      assert.deepEqual(await api.expect(200, 'GET', `${maps}/made`), made);
    });

    test('create twice is AlreadyExists, with details', async () => {
      await api.expect(201, 'POST', maps, configMap('twice'));
      const { code, body } = await api.send('POST', maps, configMap('twice'));
      assert.equal(code, 409);
      assert.partialDeepStrictEqual(body, {
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        message: 'configmaps "twice" already exists',
        reason: 'AlreadyExists',
        details: { name: 'twice', kind: 'configmaps' },
        code: 409,
      });
    });

    test('what is not there is NotFound: object, namespace, kind', async () => {
      const object = await api.send('GET', `${maps}/nobody`);
      assert.equal(object.code, 404);
      assert.equal(object.body.message, 'configmaps "nobody" not found');
      const inNowhere = await api.send('POST', '/api/v1/namespaces/nowhere/configmaps', configMap('a'));
      assert.equal(inNowhere.code, 404);
      assert.equal(inNowhere.body.message, 'namespaces "nowhere" not found');
      const kind = await api.send('GET', '/apis/nobody.test/v1/things');
      assert.equal(kind.code, 404);
    });

    test('generateName makes names that differ', async () => {
      const unnamed = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'gen-' } };
      const first = await api.expect(201, 'POST', maps, unnamed);
      const second = await api.expect(201, 'POST', maps, unnamed);
      assert.match(String(first.metadata.name), /^gen-[a-z0-9]{5}$/);
      assert.notEqual(first.metadata.name, second.metadata.name);
    });

    test('bad names and labels are Invalid, all at once, with causes', async () => {
      const { code, body } = await api.send('POST', maps, configMap('Bad_Name', {}, { labels: { 'a b': 'c d' } }));
      assert.equal(code, 422);
      assert.equal(body.reason, 'Invalid');
      assert.match(
        String(body.message),
        /^ConfigMap "Bad_Name" is invalid: \[metadata\.name: Invalid value: "Bad_Name"/,
      );
      const { causes } = body['details'] as { causes: { field: string }[] };
      assert.ok(causes.some(({ field }) => field === 'metadata.name'));
      assert.ok(causes.some(({ field }) => field.startsWith('metadata.labels')));
    });

    test('an update with a stale resourceVersion is a Conflict; without one it goes through', async () => {
      const first = await api.expect(201, 'POST', maps, configMap('raced', { n: '1' }));
      await api.expect(200, 'PUT', `${maps}/raced`, { ...first, data: { n: '2' } });
      const { code, body } = await api.send('PUT', `${maps}/raced`, { ...first, data: { n: '3' } });
      assert.equal(code, 409);
      assert.equal(body.reason, 'Conflict');
      assert.match(
        String(body.message),
        /the object has been modified; please apply your changes to the latest version/,
      );
      const last = await api.expect(200, 'PUT', `${maps}/raced`, configMap('raced', { n: '4' }));
      assert.deepEqual(last['data'], { n: '4' });
      assert.equal(last.metadata.uid, first.metadata.uid);
    });

    test('an update that changes nothing keeps the resourceVersion', async () => {
      const first = await api.expect(201, 'POST', maps, configMap('same', { n: '1' }));
      const second = await api.expect(200, 'PUT', `${maps}/same`, first);
      assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
    });

    test('generation counts changes of the spec only', async () => {
      const made = await api.expect(201, 'POST', services, virtualService('counted'));
      assert.equal(made.metadata['generation'], 1);
      const labelled = await api.expect(200, 'PATCH', `${services}/counted`, { metadata: { labels: { a: 'b' } } });
      assert.equal(labelled.metadata['generation'], 1);
      const changed = await api.expect(200, 'PATCH', `${services}/counted`, { spec: { hosts: ['ratings'] } });
      assert.equal(changed.metadata['generation'], 2);
    });

    test('status and the rest are written apart', async () => {
      await api.expect(201, 'POST', services, { ...virtualService('parted'), status: { observedGeneration: 7 } });
      const made = await api.expect(200, 'GET', `${services}/parted`);
      assert.equal(made['status'], undefined);
      const status = { ...made, spec: { hosts: ['other'] }, status: { observedGeneration: 1 } };
      const put = await api.expect(200, 'PUT', `${services}/parted/status`, status);
      assert.deepEqual(put['status'], { observedGeneration: 1 });
      assert.deepEqual(put['spec'], made['spec']);
      const again = await api.expect(200, 'PUT', `${services}/parted`, {
        ...virtualService('parted'),
        status: { observedGeneration: 9 },
        metadata: put.metadata,
      });
      assert.deepEqual(again['status'], { observedGeneration: 1 });
    });

    test('one object is served in each version of its kind', async () => {
      await api.expect(201, 'POST', services, virtualService('versions'));
      for (const version of ['v1', 'v1beta1', 'v1alpha3']) {
        const path = `${vsGroup}/${version}/namespaces/${namespace}/virtualservices`;
        const object = await api.expect(200, 'GET', `${path}/versions`);
        assert.equal(object.apiVersion, `networking.istio.io/${version}`);
        const list = await api.expect(200, 'GET', path);
        assert.equal(list.kind, 'VirtualServiceList');
        assert.equal(list.apiVersion, `networking.istio.io/${version}`);
      }
      const { code } = await api.send(
        'POST',
        `${vsGroup}/v1beta1/namespaces/${namespace}/virtualservices`,
        virtualService('other', 'v1'),
      );
      assert.equal(code, 400);
    });

    test('lists select by labels, sets and names', async () => {
      for (const [name, labels] of Object.entries({
        l1: { app: 'a', tier: 'x' },
        l2: { app: 'b' },
        l3: { tier: 'y' },
      })) {
        await api.expect(201, 'POST', maps, configMap(name, {}, { labels: { sel: 'yes', ...labels } }));
      }
      const names = async (query: string): Promise<unknown[]> => {
        const { items = [] } = await api.expect(200, 'GET', `${maps}?${query}`);
        return items.map(({ metadata }) => metadata.name);
      };
      const by = (selector: string): Promise<unknown[]> => names(`labelSelector=${encodeURIComponent(selector)}`);
      assert.deepEqual(await by('app=a'), ['l1']);
      assert.deepEqual(await by('sel,app!=a'), ['l2', 'l3']);
      assert.deepEqual(await by('app in (a, b)'), ['l1', 'l2']);
      assert.deepEqual(await by('sel=yes,tier notin (x)'), ['l2', 'l3']);
      assert.deepEqual(await by('sel,!app'), ['l3']);
      assert.deepEqual(await names('fieldSelector=metadata.name%3Dl2'), ['l2']);
      assert.equal((await api.send('GET', `${maps}?labelSelector=%3D%3D`)).code, 400);
      assert.equal((await api.send('GET', `${maps}?fieldSelector=spec.colour%3Dred`)).code, 400);
    });

    test('a list in pages has all objects once', async () => {
      const seen: unknown[] = [];
      let token = '';
      do {
        const page = await api.expect(200, 'GET', `${maps}?limit=2&continue=${encodeURIComponent(token)}`);
        seen.push(...(page.items ?? []).map(({ metadata }) => metadata.name));
        token = page.metadata.continue ?? '';
      } while (token !== '');
      const { items = [] } = await api.expect(200, 'GET', maps);
      assert.deepEqual(
        seen,
        items.map(({ metadata }) => metadata.name),
      );
    });

    test('a merge patch sets and, with null, removes', async () => {
      await api.expect(201, 'POST', maps, configMap('patched', { a: '1', b: '2' }));
      const patched = await api.expect(200, 'PATCH', `${maps}/patched`, { data: { a: null, c: '3' } });
      assert.deepEqual(patched['data'], { b: '2', c: '3' });
      const json = await api.send('PATCH', `${maps}/patched`, [{ op: 'replace', path: '/data/b', value: '5' }], {
        'content-type': 'application/json-patch+json',
      });
      assert.deepEqual(json.body['data'], { b: '5', c: '3' });
    });

    test('a strategic merge patch joins containers by name', async () => {
      const container = (name: string): object => ({ name, image: 'registry.k8s.io/pause:3.9' });
      await api.expect(201, 'POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'joined' },
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: 'joined' } },
          template: { metadata: { labels: { app: 'joined' } }, spec: { containers: [container('a'), container('b')] } },
        },
      });
      const patch = { spec: { template: { spec: { containers: [{ name: 'b', image: 'other:2' }] } } } };
      const headers = { 'content-type': 'application/strategic-merge-patch+json' };
      const { body } = await api.send(
        'PATCH',
        `/apis/apps/v1/namespaces/${namespace}/deployments/joined`,
        patch,
        headers,
      );
      const spec = body['spec'] as { template: { spec: { containers: { name: string; image: string }[] } } };
      assert.deepEqual(
        spec.template.spec.containers.map(({ name, image }) => [name, image]),
        [
          ['a', 'registry.k8s.io/pause:3.9'],
          ['b', 'other:2'],
        ],
      );
      assert.equal((await api.send('PATCH', `${services}/counted`, {}, headers)).code, 415);
    });

    test('a workload that could never have pods is Invalid', async () => {
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
      const deployment = (labels: object, containers: object[]): object => ({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'wrong' },
        spec: { selector: { matchLabels: { app: 'a' } }, template: { metadata: { labels }, spec: { containers } } },
      });
      const { code, body } = await api.send('POST', path, deployment({ app: 'b' }, []));
      assert.equal(code, 422);
      assert.match(String(body.message), /^Deployment\.apps "wrong" is invalid: \[/);
      assert.match(String(body.message), /spec\.template\.spec\.containers: Required value/);
      assert.match(String(body.message), /`selector` does not match template `labels`/);
      const moved = await api.send('PATCH', `${path}/joined`, { spec: { selector: { matchLabels: { app: 'x' } } } });
      assert.equal(moved.code, 422);
      assert.match(String(moved.body.message), /field is immutable/);
    });

    test('server-side apply creates, then changes', async () => {
      const headers = { 'content-type': 'application/apply-patch+yaml' };
      const path = `${maps}/applied?fieldManager=contract`;
      const yaml = `{apiVersion: v1, kind: ConfigMap, metadata: {name: applied}, data: {a: "1"}}`;
      assert.equal((await api.send('PATCH', path, yaml, headers)).code, 201);
      const changed = await api.send('PATCH', path, yaml.replace('"1"', '"2"'), headers);
      assert.equal(changed.code, 200);
      assert.deepEqual(changed.body['data'], { a: '2' });
    });

    test('a watch tells of what comes, changes and goes, in order', async () => {
      const { metadata } = await api.expect(200, 'GET', maps);
      await using watch = await api.watch(`${maps}?watch=true&resourceVersion=${metadata.resourceVersion}`);
      await api.expect(201, 'POST', maps, configMap('watched', { n: '1' }));
      await api.expect(200, 'PATCH', `${maps}/watched`, { data: { n: '2' } });
      await api.expect(200, 'DELETE', `${maps}/watched`);
      const lines = [await watch.next(), await watch.next(), await watch.next()];
      assert.deepEqual(
        lines.map((line) => line?.type),
        ['ADDED', 'MODIFIED', 'DELETED'],
      );
      assert.deepEqual(
        lines.map((line) => line?.object.metadata.name),
        ['watched', 'watched', 'watched'],
      );
      const versions = lines.map((line) => Number(line?.object.metadata.resourceVersion));
      assert.deepEqual(
        versions,
        versions.toSorted((a, b) => a - b),
      );
      assert.equal(new Set(versions).size, 3);
    });

    test('a watch from an earlier resourceVersion brings what was missed', async () => {
      const { metadata } = await api.expect(200, 'GET', maps);
      await api.expect(201, 'POST', maps, configMap('missed'));
      await using watch = await api.watch(`${maps}?watch=true&resourceVersion=${metadata.resourceVersion}`);
      assert.equal((await watch.next())?.object.metadata.name, 'missed');
    });

    test('a watch without resourceVersion begins with all there is', async () => {
      const { items = [] } = await api.expect(200, 'GET', services);
      await using watch = await api.watch(`${services}?watch=true`);
      const first: unknown[] = [];
      for (let i = 0; i < items.length; i += 1) first.push((await watch.nextOf('ADDED')).object.metadata.name);
      assert.deepEqual(new Set(first), new Set(items.map(({ metadata }) => metadata.name)));
    });

    test('an object that leaves the selection is DELETED for the watcher', async () => {
      const { metadata } = await api.expect(200, 'GET', maps);
      const query = `watch=true&resourceVersion=${metadata.resourceVersion}&labelSelector=in%3Dyes`;
      await using watch = await api.watch(`${maps}?${query}`);
      await api.expect(201, 'POST', maps, configMap('leaving', {}, { labels: { in: 'yes' } }));
      await api.expect(200, 'PATCH', `${maps}/leaving`, { metadata: { labels: { in: 'no' } } });
      await api.expect(200, 'PATCH', `${maps}/leaving`, { metadata: { labels: { in: 'yes' } } });
      const types = [await watch.next(), await watch.next(), await watch.next()].map((line) => line?.type);
      assert.deepEqual(types, ['ADDED', 'DELETED', 'ADDED']);
    });

    test('delete honours preconditions and answers with a Status', async () => {
      const { metadata } = await api.expect(201, 'POST', maps, configMap('gone'));
      const wrong = await api.send('DELETE', `${maps}/gone`, { preconditions: { uid: 'another' } });
      assert.equal(wrong.code, 409);
      const { body } = await api.send('DELETE', `${maps}/gone`, { preconditions: { uid: metadata.uid } });
      assert.partialDeepStrictEqual(body, {
        kind: 'Status',
        status: 'Success',
        details: { name: 'gone', uid: metadata.uid },
      });
      assert.equal((await api.send('DELETE', `${maps}/gone`)).code, 404);
    });

    test('a collection is deleted by selector', async () => {
      await api.expect(201, 'POST', maps, configMap('many-1', {}, { labels: { many: 'yes' } }));
      await api.expect(201, 'POST', maps, configMap('many-2', {}, { labels: { many: 'yes' } }));
      await api.expect(200, 'DELETE', `${maps}?labelSelector=many%3Dyes`);
      assert.deepEqual((await api.expect(200, 'GET', `${maps}?labelSelector=many`)).items, []);
    });

    test('finalizers hold an object until they are gone', async () => {
      await api.expect(201, 'POST', maps, configMap('held', {}, { finalizers: ['contract.test/hold'] }));
      const marked = await api.expect(200, 'DELETE', `${maps}/held`);
      assert.ok(marked.metadata['deletionTimestamp'] !== undefined);
      await api.expect(200, 'GET', `${maps}/held`);
      await api.expect(200, 'PATCH', `${maps}/held`, { metadata: { finalizers: null } });
      assert.equal((await api.send('GET', `${maps}/held`)).code, 404);
    });

    test('a pod ends gracefully, and at once with a grace period of 0', async () => {
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'ending' },
        spec: { containers: [{ name: 'a', image: 'b' }] },
      };
      const made = await api.expect(201, 'POST', pods, pod);
      assert.partialDeepStrictEqual(made, { status: { phase: 'Pending' }, spec: { restartPolicy: 'Always' } });
      await api.expect(200, 'DELETE', `${pods}/ending?gracePeriodSeconds=0`);
      assert.equal((await api.send('GET', `${pods}/ending`)).code, 404);
    });

    test('dryRun changes nothing', async () => {
      await api.expect(201, 'POST', `${maps}?dryRun=All`, configMap('dry'));
      assert.equal((await api.send('GET', `${maps}/dry`)).code, 404);
    });

    test('replicas are scaled through the scale subresource', async () => {
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments/joined/scale`;
      const scale = await api.expect(200, 'GET', path);
      assert.equal(scale.kind, 'Scale');
      const scaled = await api.expect(200, 'PUT', path, { ...scale, spec: { replicas: 0 } });
      assert.deepEqual(scaled['spec'], { replicas: 0 });
    });

    test('what cannot be read is a BadRequest', async () => {
      assert.equal((await api.send('POST', maps, '{')).code, 400);
      assert.equal(
        (await api.send('POST', maps, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } })).code,
        400,
      );
      assert.equal((await api.send('PUT', `${maps}/made`, configMap('different'))).code, 400);
      assert.equal((await api.send('POST', maps, 'x', { 'content-type': 'text/plain' })).code, 415);
      assert.equal((await api.send('PUT', maps, configMap('x'))).code, 405);
    });

    test('discovery names what is served', async () => {
      assert.deepEqual((await api.expect(200, 'GET', '/api'))['versions'], ['v1']);
      const core = await api.expect(200, 'GET', '/api/v1');
      const { resources } = core as unknown as { resources: { name: string; kind: string; namespaced: boolean }[] };
      assert.ok(resources.some(({ name, kind, namespaced }) => name === 'pods' && kind === 'Pod' && namespaced));
      assert.ok(resources.some(({ name }) => name === 'pods/status'));
      const groups = await api.expect(200, 'GET', '/apis');
      assert.match(JSON.stringify(groups), /"name":"networking.istio.io"/);
    });

    test('without the token nothing is told', async () => {
      const wrong = new ApiKit({ ...api.target, token: 'wrong' });
      const { code, body } = await wrong.send('GET', maps);
      assert.equal(code, 401);
      assert.equal(body.reason, 'Unauthorized');
    });
  });
}
