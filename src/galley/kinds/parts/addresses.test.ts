// Addresses, ranges, sockets and host:port pairs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkIp, checkSubnet, checkUnixPath, splitHostPort } from './addresses.ts';

test('addresses and ranges', () => {
  assert.deepEqual(
    ['10.1.2.3', '::1', 'fe80::1%eth0'].filter((text) => checkIp(text) !== undefined),
    [],
  );
  assert.deepEqual(
    ['10.1.2', '10.1.2.3.4', '01.2.3.4', 'a', ''].filter((text) => checkIp(text) === undefined),
    [],
  );
  assert.deepEqual(
    ['10.0.0.0/8', '10.1.2.3', '2001:db8::/32', '0.0.0.0/0'].filter((text) => checkSubnet(text) !== undefined),
    [],
  );
  const bad = ['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/08', '10.0.0.0/8/8', '::1/129', 'fe80::1%a/64', 'a/8'];
  assert.deepEqual(
    bad.filter((text) => checkSubnet(text) === undefined),
    [],
  );
});

test('sockets', () => {
  assert.deepEqual(
    ['/run/a.sock', '@abstract'].filter((text) => checkUnixPath(text) !== undefined),
    [],
  );
  assert.deepEqual(
    ['', 'run/a', '/run/'].filter((text) => checkUnixPath(text) === undefined),
    [],
  );
});

test('host and port', () => {
  assert.deepEqual(splitHostPort('127.0.0.1:80'), { host: '127.0.0.1', port: '80' });
  assert.deepEqual(splitHostPort('[::1]:80'), { host: '::1', port: '80' });
  assert.deepEqual(splitHostPort(':80'), { host: '', port: '80' });
  assert.deepEqual(['127.0.0.1', '::1:80', '[::1]80'].map(splitHostPort), [undefined, undefined, undefined]);
});
