// How `$(NAME)` is replaced in a container's environment, command and arguments.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerEnvironment, expand } from './container-environment.ts';

test('known names are replaced, unknown ones stay, a doubled dollar is one', () => {
  assert.equal(expand('$(A)-$(B)-$$(A)-$A-${A}-$(', { A: '1' }), '1-$(B)-$(A)-$A-${A}-$(');
});

test('a variable sees those before it, the image sees the PATH beneath it', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod' as const, metadata: { name: 'p' }, spec: { containers: [] } };
  const env = [
    { name: 'LATE', value: '$(EARLY)' },
    { name: 'EARLY', value: 'x' },
    { name: 'AGAIN', value: '$(EARLY)' },
  ];
  const found = containerEnvironment({
    pod,
    container: { name: 'c', env },
    podIP: '10.0.0.1',
    imageEnv: { PATH: '$(PATH):$(WORKDIR)/bin' },
    workdir: '/work',
    configs: { get: () => undefined },
  });
  assert.deepEqual([found['LATE'], found['AGAIN']], ['$(EARLY)', 'x']);
  assert.match(found['PATH'] ?? '', /^\/run\/heddle\/bin:.*:\/work\/bin$/);
});

test('what is referred to and not there is told, unless it is optional', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod' as const, metadata: { name: 'p' }, spec: { containers: [] } };
  const inputs = (optional: boolean): Parameters<typeof containerEnvironment>[0] => ({
    pod,
    container: { name: 'c', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional } } }] },
    podIP: '',
    imageEnv: {},
    workdir: '/',
    configs: { get: () => undefined },
  });
  assert.throws(() => containerEnvironment(inputs(false)), /secrets "s" not found/);
  assert.equal(containerEnvironment(inputs(true))['A'], undefined);
});
