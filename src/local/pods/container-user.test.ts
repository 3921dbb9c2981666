// As whom containers run: never more than was asked for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerUser, invokingUser, setprivArguments } from './container-user.ts';

const invoking = { uid: 1000, gid: 1001 };
const container = (securityContext?: object): Parameters<typeof containerUser>[1] => ({
  name: 'c',
  ...(securityContext === undefined ? {} : { securityContext }),
});

test('the invoking user unless the manifest says otherwise; the container’s word before the pod’s', () => {
  assert.deepEqual(containerUser({ containers: [] }, container(), invoking), {
    ...invoking,
    groups: [],
    capabilities: [],
  });
  const spec = { containers: [], securityContext: { runAsUser: 7, runAsGroup: 8, fsGroup: 9 } };
  assert.deepEqual(containerUser(spec, container(), invoking), { uid: 7, gid: 8, groups: [9], capabilities: [] });
  assert.equal(containerUser(spec, container({ runAsUser: 6 }), invoking).uid, 6);
});

test('capabilities only for a root that was asked for, and none that reaches past the pod', () => {
  const add = { capabilities: { add: ['NET_ADMIN', 'CAP_SYS_ADMIN', 'SYS_MODULE'], drop: ['ALL'] } };
  assert.deepEqual(containerUser({ containers: [] }, container(add), { uid: 0, gid: 0 }).capabilities, []);
  assert.deepEqual(containerUser({ containers: [] }, container({ ...add, runAsUser: 0 }), invoking).capabilities, [
    'net_admin',
  ]);
  assert.ok(
    !containerUser({ containers: [] }, container({ runAsUser: 0, privileged: true }), invoking).capabilities.includes(
      'sys_admin',
    ),
  );
});

test('under sudo the caller is meant', () => {
  assert.deepEqual(invokingUser({ SUDO_UID: '501', SUDO_GID: '20' }), { uid: 501, gid: 20 });
});

test('the words for setpriv leave nothing that was not named', () => {
  const words = setprivArguments({ uid: 5, gid: 6, groups: [], capabilities: ['net_admin'] }).join(' ');
  assert.equal(
    words,
    '--reuid=5 --regid=6 --clear-groups --no-new-privs --bounding-set=-all,+net_admin --inh-caps=-all --',
  );
});
