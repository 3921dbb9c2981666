// Workloads and services of any shape that the API lets in: the controllers make of them what they can, and never stumble.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { admissionCheck } from '../../galley/admission-check.ts';
import { ApiError } from '../../galley/api-server/api-error.ts';
import { bench, object, workload } from '../../../test/kit/controller-bench.ts';
import { serviceAddresses } from './service-addresses.ts';

/** Large numbers of replicas are lived with too, but not in the time of a test. */
const small = (value: unknown): unknown => (typeof value === 'number' ? Math.min(value, 3) : value);

const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }).map(small),
  fc.constantFrom(null, 0, -1, 1.5, 'text', [], {}, [null], { matchLabels: null }),
);
const specFields = [
  'replicas',
  'strategy',
  'minReadySeconds',
  'paused',
  'serviceName',
  'completions',
  'parallelism',
  'podManagementPolicy',
  'revisionHistoryLimit',
  'selector',
  'template',
];
const podFields = [
  'containers',
  'initContainers',
  'volumes',
  'hostname',
  'subdomain',
  'nodeName',
  'restartPolicy',
  'terminationGracePeriodSeconds',
];
const serviceFields = [
  'ports',
  'type',
  'clusterIP',
  'clusterIPs',
  'selector',
  'publishNotReadyAddresses',
  'externalName',
];

const fields = (names: readonly string[]): fc.Arbitrary<Record<string, unknown>> =>
  fc.dictionary(fc.constantFrom(...names), junk, { maxKeys: 3 });

test('junk in specs is refused or lived with', { timeout: 60_000 }, async () => {
  const kinds = fc.constantFrom('Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job');
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(
      kinds,
      fields(specFields),
      fields(podFields),
      fields(serviceFields),
      async (kind, spec, pod, service) => {
        using mesh = bench({ mutators: [serviceAddresses('10.96.0.0/16')], check: admissionCheck() });
        const made = workload(kind, 'web', spec);
        const { template } = made['spec'] as { template: unknown };
        if (typeof template === 'object' && template !== null) Object.assign(Reflect.get(template, 'spec') ?? {}, pod);
        const serviceSpec = { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }], ...service };
        for (const each of [made, object('v1', 'Service', 'web', 'shop', { spec: serviceSpec })]) {
          try {
            mesh.store.create(each);
            accepted += 1;
          } catch (error) {
            if (!(error instanceof ApiError)) throw error;
          }
        }
        await mesh.runPods();
        assert.deepEqual(mesh.errors, []);
      },
    ),
    { numRuns: 300 },
  );
  assert.ok(accepted > 100, `only ${accepted} were accepted: the test tests too little`);
});
