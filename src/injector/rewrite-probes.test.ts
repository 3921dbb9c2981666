// Probes of an application behind a sidecar: what the kubelet then asks, and what the agent asks in its place.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container } from '../lib/kubernetes.ts';
import { rewriteProbes } from './rewrite-probes.ts';

const container: Container = {
  name: 'app',
  ports: [{ name: 'web', containerPort: 8080 }],
  readinessProbe: { httpGet: { path: '/ready', port: 'web', scheme: 'HTTPS' }, periodSeconds: 3, timeoutSeconds: 2 },
  livenessProbe: { tcpSocket: { port: '8080' }, failureThreshold: 9 },
  startupProbe: { grpc: { port: 9000, service: 'shop' } },
};

test('HTTP, TCP and gRPC probes go to the agent, with their own timing', () => {
  const { containers, probers } = rewriteProbes([container]);
  assert.deepEqual(containers[0]?.readinessProbe, {
    periodSeconds: 3,
    timeoutSeconds: 2,
    httpGet: { path: '/app-health/app/readyz', port: 15020 },
  });
  assert.deepEqual(containers[0]?.livenessProbe, {
    failureThreshold: 9,
    httpGet: { path: '/app-health/app/livez', port: 15020 },
  });
  assert.deepEqual(probers, {
    '/app-health/app/readyz': { httpGet: { path: '/ready', port: 8080, scheme: 'HTTPS' }, timeoutSeconds: 2 },
    '/app-health/app/livez': { tcpSocket: { port: 8080 }, timeoutSeconds: 1 },
    '/app-health/app/startupz': { grpc: { port: 9000, service: 'shop' }, timeoutSeconds: 1 },
  });
});

test('commands, unknown port names and the agent’s own port stay as they are', () => {
  const untouched: Container = {
    name: 'app',
    readinessProbe: { exec: { command: ['true'] } },
    livenessProbe: { httpGet: { port: 'nowhere' } },
    startupProbe: { httpGet: { port: 15020, path: '/app-health/app/startupz' } },
  };
  const { containers, probers } = rewriteProbes([untouched]);
  assert.deepEqual(containers, [untouched]);
  assert.deepEqual(probers, {});
});
