// Header names, values with commands, and routing by claims.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerFormatProblem } from './header-format.ts';
import { checkHeaders, isClaimRoute } from './headers.ts';
import { issueList } from './issue-list.ts';

test('commands in values have to be closed', () => {
  const good = ['', 'plain', '100%%', '%HOSTNAME%', 'a %REQ(x-y)% b', '%X(["a", "b"])%', '%X([ "a\\"b" ] ) %', '%FOO%'];
  assert.deepEqual(
    good.filter((value) => headerFormatProblem(value) !== undefined),
    [],
  );
  const bad = ['%', '50% off', '%HOSTNAME', '%REQ(x', '%X([a])%', '%X(["a" "b"])%', '%X(["a"]b)%', '%X(a)b%', '%X(a\\'];
  assert.deepEqual(
    bad.filter((value) => headerFormatProblem(value) === undefined),
    [],
  );
});

test('only the authority of a request may be set, no other name with a colon', () => {
  const list = issueList();
  checkHeaders(
    {
      request: { set: { Host: 'a', ':path': '/', '': 'x', ok: 'a\tb' }, remove: ['host'] },
      response: { add: { host: 'a', 'x-bad': 'a\nb' }, remove: [':status', 'x'] },
    },
    'headers',
    list,
  );
  assert.deepEqual(
    list.issues.map((issue) => issue.path),
    [
      'headers.request.set[:path]',
      'headers.request.set[]',
      'headers.request.remove[0]',
      'headers.response.add.host',
      'headers.response.add.x-bad',
      'headers.response.remove[0]',
    ],
  );
});

test('claims', () => {
  const names = [
    '@request.auth.claims.group',
    '@Request.Auth.Claims[a][b]',
    '@request.auth.claims',
    '@request.auth.claims.',
    'x',
  ];
  assert.deepEqual(names.map(isClaimRoute), [true, true, false, false, false]);
});
