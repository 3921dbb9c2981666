// Removals, overwrites and additions, in Envoy's order.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { request } from '../../test/kit/decide-kit.ts';
import type { HeaderToAdd } from './config/header-operations.ts';
import { HeaderMap } from './header-map.ts';
import { changeRequestHeaders } from './header-operations.ts';

function operation(name: string, value: string, action: HeaderToAdd['action'], keepEmptyValue = false): HeaderToAdd {
  return { name, value: { source: value, parts: [], constant: value }, action, keepEmptyValue };
}

function change(sent: Record<string, string>, add: HeaderToAdd[], remove: string[] = []): string[] {
  const headers = HeaderMap.of(sent);
  const context = {
    request: request(),
    responseHeaders: undefined,
    responseTrailers: undefined,
    stream: { downstreamRemoteAddress: undefined },
  };
  changeRequestHeaders({ add, remove }, headers, context);
  return headers.names.map((name, at) => `${name}=${headers.values[at]}`);
}

describe('header operations', () => {
  it('remove before they add', () => {
    assert.deepEqual(change({ a: '1' }, [operation('a', '2', 'append-if-exists-or-add')], ['a']), ['a=2']);
  });

  it('overwrite before they append', () => {
    const add = [operation('a', '2', 'append-if-exists-or-add'), operation('a', '3', 'overwrite-if-exists-or-add')];
    assert.deepEqual(change({ a: '1' }, add), ['a=3', 'a=2']);
  });

  it('look at what is there', () => {
    assert.deepEqual(
      change({ a: '1' }, [operation('a', '2', 'add-if-absent'), operation('b', '2', 'overwrite-if-exists')]),
      ['a=1'],
    );
    assert.deepEqual(
      change({ a: '1' }, [operation('a', '2', 'overwrite-if-exists'), operation('b', '2', 'add-if-absent')]),
      ['a=2', 'b=2'],
    );
  });

  it('leave empty values out unless told to keep them', () => {
    assert.deepEqual(change({ a: '1' }, [operation('a', '', 'overwrite-if-exists-or-add')]), ['a=1']);
    assert.deepEqual(change({ a: '1' }, [operation('a', '', 'overwrite-if-exists-or-add', true)]), ['a=']);
  });

  it('append to the value of headers that have but one', () => {
    assert.deepEqual(change({ 'user-agent': 'a' }, [operation('user-agent', 'b', 'append-if-exists-or-add')]), [
      'user-agent=a,b',
    ]);
  });
});
