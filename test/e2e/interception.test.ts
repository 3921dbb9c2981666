// Interception: an app dials another with a plain client, and both sidecars see it; without the redirect rules they do not.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkout, Mesh } from '../kit/mesh.ts';
import { manifestsOf, type MeshVariant, plainVariants } from '../kit/mesh-variants.ts';
import { PodClient } from '../kit/pod-client.ts';
import { podProcesses, trafficProcess } from '../kit/pod-process.ts';

const args = ['--images', join(checkout, 'samples/images.yaml'), '--no-gateway', '--publish', 'none'];
const manifests = [join(checkout, 'samples/bookinfo/bookinfo.yaml'), join(checkout, 'test/e2e/testdata/client.yaml')];

const variants: readonly MeshVariant[] = [
  ...plainVariants,
  { name: 'embedded client, Envoy servers', proxy: 'envoy', other: ['client'] },
  { name: 'Envoy client, embedded servers', proxy: 'embedded', other: ['client'] },
];

for (const variant of variants)
  describe(variant.name, () => {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-interception-'));
    let mesh: Mesh;
    let client: PodClient;
    let pods: string[];

    before(async () => {
      const files = manifestsOf(variant, manifests, folder);
      mesh = await Mesh.start({ args: ['--proxy', variant.proxy, ...args, ...files] });
      pods = (await mesh.api.list('v1', 'Pod', 'default')).map(({ metadata }) => metadata.name);
      client = new PodClient(mesh, `default/${podOf('client')}`);
    });
    after(async () => {
      client?.close();
      await mesh?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const podOf = (app: string): string => pods.find((name) => name.startsWith(`${app}-`))!;

    /** Sidecars whose access log has the path, within a second (Envoy writes its log in batches). */
    async function sidecarsThatLogged(path: string, expected: number): Promise<string[]> {
      const deadline = Date.now() + 12_000;
      for (;;) {
        const found: string[] = [];
        for (const pod of pods) {
          const { stdout } = await mesh.heddle(['logs', `default/${pod}`, '-c', 'istio-proxy']);
          if (stdout.includes(path)) found.push(pod.split('-')[0]!);
        }
        if (found.length >= expected || Date.now() > deadline) return found.toSorted();
      }
    }

    test('the sidecars are those that the variant names', async () => {
      const other = variant.proxy === 'envoy' ? 'embedded' : 'envoy';
      for (const [app, wanted] of [
        ['client', variant.other.includes('client') ? other : variant.proxy],
        ['reviews', variant.proxy],
      ] as const) {
        const proxy = trafficProcess(await podProcesses(mesh, `default/${podOf(app)}`));
        assert.equal(
          /^\S*\/envoy /.test(proxy?.command ?? '') ? 'envoy' : 'embedded',
          wanted,
          `${app}: ${proxy?.command}`,
        );
      }
    });

    test('a plain request passes through both sidecars', async () => {
      const path = `/reviews/${Math.floor(Math.random() * 1e9)}`;
      const [outcome] = await client.send({
        request: { url: `http://reviews:9080${path}`, headers: { 'x-request-id': randomUUID() } },
      });
      assert.equal(outcome!.status, 200);
      assert.equal(outcome!.headers!['server'], 'envoy');
      assert.deepEqual(
        (await sidecarsThatLogged(path, 2)).filter((app) => app !== 'ratings'),
        ['client', 'reviews'],
      );
    });

    test('with the rules removed the request still arrives, but no sidecar sees it', async () => {
      for (const pod of pods) {
        const [holder] = await podProcesses(mesh, `default/${pod}`);
        assert.ok(holder !== undefined, `${pod} has no process`);
        const { status, stderr } = spawnSync('nsenter', [
          '-t',
          String(holder.pid),
          '-n',
          'iptables',
          '-t',
          'nat',
          '-F',
        ]);
        assert.equal(status, 0, stderr.toString());
      }
      const path = `/reviews/${Math.floor(Math.random() * 1e9)}`;
      const [outcome] = await client.send({ request: { url: `http://reviews.default.svc.cluster.local:9080${path}` } });
      assert.equal(outcome!.status, 200);
      assert.equal(outcome!.headers!['server'], undefined);
      assert.deepEqual(await sidecarsThatLogged(path, 1), []);
    });
  });
