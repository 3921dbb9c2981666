// Address ranges against the host's routes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRoutes, refuseOverlap } from './address-check.ts';

const routes = parseRoutes(
  JSON.stringify([
    { dst: 'default', dev: 'eth0' },
    { dst: '10.244.1.0/24', dev: 'cni0' },
    { type: 'local', dst: '192.0.2.2', dev: 'eth0' },
    { type: 'broadcast', dst: '192.0.2.255', dev: 'eth0' },
    { type: 'local', dst: '127.0.0.0/8', dev: 'lo' },
  ]),
);

test('a taken range names the route, the flag and a free range', () => {
  assert.throws(
    () => refuseOverlap('10.244.0.0/16', '10.96.0.0/16', routes),
    /pod addresses 10\.244\.0\.0\/16 overlap with the host's route 10\.244\.1\.0\/24 dev cni0; .*--pod-cidr 10\.255\.0\.0\/16/,
  );
  assert.throws(() => refuseOverlap('10.1.0.0/16', '192.0.2.0/24', routes), /--service-cidr/);
});

test('ranges that nobody has are taken, but not two that overlap each other', () => {
  refuseOverlap('10.245.0.0/16', '10.96.0.0/16', routes);
  assert.throws(() => refuseOverlap('10.0.0.0/8', '10.96.0.0/16', []), /overlap/);
});
