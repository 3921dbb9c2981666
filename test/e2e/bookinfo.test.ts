// Istio's own samples, unmodified, applied as its tasks tell: Bookinfo behind the gateway, routing, faults, httpbin, curl, helloworld.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Pod } from '../../src/lib/kubernetes.ts';
import { helloVersion } from '../kit/answers.ts';
import { checkout, Mesh } from '../kit/mesh.ts';
import { manifestsOf, type MeshVariant, plainVariants } from '../kit/mesh-variants.ts';
import { PodClient } from '../kit/pod-client.ts';
import { istioSamples, skipWithout } from '../kit/shared.ts';

const variants: readonly MeshVariant[] = [
  ...plainVariants,
  { name: 'embedded but for reviews and curl', proxy: 'embedded', other: ['reviews', 'curl', 'helloworld-v1'] },
];

const port = 18080;
const page = `http://127.0.0.1:${port}/productpage`;
const kube = (name: string): string => join(istioSamples, 'bookinfo/platform/kube', name);
const networking = (name: string): string => join(istioSamples, 'bookinfo/networking', name);

for (const variant of variants)
  describe(`Istio samples, ${variant.name}`, { skip: skipWithout(istioSamples) }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-bookinfo-'));
    let mesh: Mesh;
    let client: PodClient;
    let pods: Pod[];

    before(async () => {
      const manifests = [kube('bookinfo.yaml'), networking('bookinfo-gateway.yaml')];
      manifests.push(
        ...['httpbin/httpbin.yaml', 'curl/curl.yaml', 'helloworld/helloworld.yaml'].map((name) =>
          join(istioSamples, name),
        ),
      );
      const images = join(checkout, 'samples/images.yaml');
      mesh = await Mesh.start({
        args: [
          '--proxy',
          variant.proxy,
          '--images',
          images,
          '--publish',
          `127.0.0.1:${port}`,
          ...manifestsOf(variant, manifests, folder),
        ],
      });
      pods = (await mesh.api.list('v1', 'Pod', 'default')) as Pod[];
      client = new PodClient(mesh, `default/${podOf('curl')}`);
    });

    after(async () => {
      client?.close();
      await mesh?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const podOf = (app: string): string =>
      pods.find(({ metadata }) => metadata.name.startsWith(`${app}-`))!.metadata.name;

    async function apply(name: string): Promise<void> {
      const { code, stderr, stdout } = await mesh.heddle(['apply', '--wait', '-f', networking(name)]);
      assert.equal(code, 0, stdout + stderr);
    }

    async function fetchPage(cookie = ''): Promise<{ text: string; ms: number }> {
      const started = performance.now();
      const response = await fetch(page, { headers: cookie === '' ? {} : { cookie } });
      return { text: await response.text(), ms: performance.now() - started };
    }

    async function signIn(user: string): Promise<string> {
      const body = new URLSearchParams({ username: user, passwd: 'any' });
      const response = await fetch(`http://127.0.0.1:${port}/login`, { method: 'POST', body, redirect: 'manual' });
      assert.equal(response.status, 302);
      return response.headers.get('set-cookie')!.split(';')[0]!;
    }

    test('every pod has its sidecar and the product page shows details and reviews', async () => {
      for (const pod of pods) {
        const names = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(({ name }) => name);
        assert.ok(names.includes('istio-proxy'), `${pod.metadata.name}: ${names.join(', ')}`);
      }
      // The sample has no readiness probes: its pods count as ready before their applications listen.
      const deadline = Date.now() + 15_000;
      let { text } = await fetchPage();
      while (!/Book Details/.test(text) || !/Reviews served by/.test(text)) {
        assert.ok(Date.now() < deadline, text);
        await new Promise((wake) => setTimeout(wake, 200));
        ({ text } = await fetchPage());
      }
    });

    test('all three versions of reviews answer before there is a rule', async () => {
      const outcomes = await client.send({ request: { url: 'http://reviews:9080/reviews/0' }, repeat: 60 });
      const kinds = new Set(outcomes.map(({ body }) => /"color":"(\w+)"/.exec(body ?? '')?.[1] ?? 'none'));
      assert.deepEqual([...kinds].toSorted(), ['black', 'none', 'red']);
    });

    test('virtual-service-all-v1: no stars for anyone', async () => {
      await apply('destination-rule-all.yaml');
      await apply('virtual-service-all-v1.yaml');
      const outcomes = await client.send({ request: { url: 'http://reviews:9080/reviews/0' }, repeat: 60 });
      assert.deepEqual(
        outcomes.filter(({ status, body }) => status !== 200 || body!.includes('stars')),
        [],
      );
    });

    test('virtual-service-reviews-test-v2: jason gets black stars, others none', async () => {
      await apply('virtual-service-reviews-test-v2.yaml');
      assert.doesNotMatch((await fetchPage()).text, /data-stars/);
      assert.match((await fetchPage(await signIn('jason'))).text, /color:black/);
    });

    test('virtual-service-ratings-test-delay: jason waits for twice 3 s and gets an error, others do not', async () => {
      await apply('virtual-service-ratings-test-delay.yaml');
      const jason = await fetchPage(await signIn('jason'));
      assert.match(jason.text, /Sorry, product reviews are currently unavailable/);
      assert.ok(jason.ms > 5900 && jason.ms < 9000, `${jason.ms} ms`);
      // Everybody else is not delayed: three seconds would be the least.
      assert.ok((await fetchPage()).ms < 2500);
    });

    test('virtual-service-ratings-test-abort: jason sees that ratings are away', async () => {
      await apply('virtual-service-ratings-test-abort.yaml');
      assert.match((await fetchPage(await signIn('jason'))).text, /Ratings service is currently unavailable/);
      assert.doesNotMatch((await fetchPage()).text, /Ratings service is currently unavailable/);
    });

    test('virtual-service-reviews-50-v3: half of the readers get red stars', async () => {
      await apply('virtual-service-all-v1.yaml');
      await apply('virtual-service-reviews-50-v3.yaml');
      const outcomes = await client.send({ request: { url: 'http://reviews:9080/reviews/0' }, repeat: 400 });
      const red = outcomes.filter(({ body }) => body?.includes('"color":"red"')).length / outcomes.length;
      assert.ok(red > 0.4 && red < 0.6, `${red}`);
    });

    test('virtual-service-reviews-90-10: one in ten of 4,000 requests goes to the canary', async (t) => {
      await apply('virtual-service-reviews-90-10.yaml');
      const outcomes = await client.send({ request: { url: 'http://reviews:9080/reviews/0' }, repeat: 4000 });
      const canary = outcomes.filter(({ body }) => body?.includes('"color":"black"')).length / outcomes.length;
      t.diagnostic(`share ${canary}`);
      assert.deepEqual(outcomes.filter(({ status }) => status !== 200).slice(0, 3), []);
      assert.ok(canary > 0.08 && canary < 0.12, `${canary}`);
    });

    test('httpbin and helloworld answer', async () => {
      const [headers] = await client.send({ request: { url: 'http://httpbin:8000/headers' } });
      assert.equal(headers!.status, 200);
      assert.match(headers!.body!, /X-Request-Id/i);
      const hellos = await client.send({ request: { url: 'http://helloworld:5000/hello' }, repeat: 40 });
      assert.deepEqual([...new Set(hellos.map(helloVersion))].toSorted(), ['v1', 'v2']);
    });
  });
