// What a container finds: its environment, its volumes, its user, and a file system that is not the host's.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkout } from '../kit/mesh.ts';
import { eventually, PlainMesh } from '../kit/plain-mesh.ts';

let plain: PlainMesh;
before(async () => void (plain = await PlainMesh.start(join(checkout, 'test/e2e/testdata/pod-files.yaml'))));
after(() => plain?.stop());

const inside = (command: string, container = 'main'): Promise<string> =>
  plain.inside(container === 'main' ? 'env' : 'users', command, ['-c', container]);

test('environment: values, references, downward API, expansion, the image beneath', async () => {
  const env = await inside('env');
  const pod = await plain.pod('env');
  for (const line of [
    'COLOR=blue',
    'S_PASSWORD=s3cret',
    "PLAIN=a 'quoted' $VALUE",
    "COMPOSED=a 'quoted' $VALUE/blue/$(PLAIN)/$(UNKNOWN)",
    'FROM_KEY=hello',
    'FROM_SECRET=s3cret',
    `MY_IP=${pod?.status?.podIP}`,
    'MY_LABEL=v7',
    'FROM_IMAGE=image',
    'HOSTNAME=env',
  ]) {
    assert.ok(env.split('\n').includes(line), `${line} is not in:\n${env}`);
  }
  assert.ok(!env.includes('SUDO_'), 'nothing of the caller’s own environment');
});

test('arguments are expanded, and what is written to standard output is in the log', async () => {
  const { stdout } = await plain.mesh.heddle(['logs', 'env', '-c', 'main']);
  assert.equal(stdout, "a 'quoted' $VALUE/blue/$(PLAIN)/$(UNKNOWN)\n");
});

test('volumes: emptyDir shared between containers, configMap, secret, downwardAPI, subPath', async () => {
  assert.equal(await inside('cat /etc/settings/COLOR /opt/single.txt'), 'bluehello');
  assert.equal(await inside('cat /etc/keys/sub/password; stat -c %a /etc/keys/sub/password'), 's3cret444');
  assert.match(await inside('cat /etc/info/labels'), /^app="env"\n(?:.*\n)*version="v7"$/);
  assert.match(await inside('cat /etc/info/annotations'), /^note="with \\"quotes\\""$/m);
  assert.equal(await inside('echo shared > /opt/some/where/file && echo written'), 'written');
  assert.equal(await plain.inside('env', 'cat /shared/file', ['-c', 'beside']), 'shared');
  assert.match(await inside('echo x > /etc/settings/COLOR'), /^exit 2: .*Read-only file system/);
});

test('containers of a pod share volumes, not files; a read-only root is one', async () => {
  const beside = (command: string): Promise<string> => plain.inside('env', command, ['-c', 'beside']);
  assert.equal(await inside('echo mine > /tmp/file && echo mine > /opt/file && echo written'), 'written');
  assert.match(await beside('cat /tmp/file /opt/file'), /No such file(?:.*\n)*.*No such file/);
  assert.match(await beside('ls -A /run /etc/keys'), /^(?!.*(?:volumes|password))/s);
  assert.match(await beside('touch /opt/x'), /Read-only file system/);
  assert.match(await beside('touch /tmp/x'), /Read-only file system/);
  assert.equal(await beside('touch /shared/x && echo written'), 'written');
});

test('a changed ConfigMap changes the files of running pods', async () => {
  const path = '/api/v1/namespaces/default/configmaps/settings';
  await plain.mesh.api.call('PATCH', path, { data: { COLOR: 'green' } }, 'application/merge-patch+json');
  await eventually(
    () => inside('cat /etc/settings/COLOR'),
    (text) => text === 'green',
  );
});

test('users: the invoking one without capabilities, the asked one, root only if asked', async () => {
  const effective = 'grep CapEff /proc/self/status | cut -f2';
  assert.equal(await inside(`id -u; ${effective}`, 'invoking'), `${process.getuid?.()}\n0000000000000000`);
  assert.equal(await inside(`id -u; ${effective}`, 'thousand'), '1000\n0000000000000000');
  assert.equal(await inside('id -u; chown 1000 /tmp && echo may', 'root'), '0\nmay');
  const netAdmin = (1n << 12n).toString(16).padStart(16, '0');
  // SYS_ADMIN would be power over the host: it is not given.
  assert.equal(await inside(effective, 'network'), netAdmin);
  assert.match(await inside('ip route add blackhole 10.1.1.0/24 && echo made', 'network'), /made/);
  assert.match(await inside('ip route add blackhole 10.1.2.0/24', 'root'), /not permitted/);
});

test('any user may listen on a low port', async () => {
  const listen = `node -e 'require("net").createServer().listen(81, function () { console.log("listening"); this.close() })'`;
  assert.equal(await inside(listen, 'thousand'), 'listening');
});

test("what a pod writes never reaches the host, and the mesh's own state is hidden from it", async () => {
  assert.equal(await inside('touch /etc/heddle-was-here /usr/heddle-was-here && echo touched', 'root'), 'touched');
  assert.equal(existsSync('/etc/heddle-was-here') || existsSync('/usr/heddle-was-here'), false);
  assert.ok(statSync(join(plain.mesh.state, 'kubeconfig')).size > 0);
  assert.match(await inside(`cat ${plain.mesh.state}/kubeconfig`, 'root'), /No such file/);
  assert.match(await inside('echo 1 > /proc/sys/vm/drop_caches', 'root'), /exit/);
  assert.equal(await inside('ls /dev/vda /dev/sda /dev/mem 2>/dev/null | wc -l', 'root'), '0');
});

test('a pod sees its own processes and its own host name', async () => {
  assert.equal(await inside('hostname; cat /etc/hostname'), 'env\nenv');
  assert.doesNotMatch(await inside('cat /proc/[0-9]*/cmdline | tr "\\0" " "'), /heddle\.js|control-plane/);
  assert.notEqual(readFileSync('/proc/sys/kernel/hostname', 'utf8'), 'env\n');
});

test('exec gives the exit code of its command and names what is there when it finds nothing', async () => {
  assert.equal((await plain.mesh.heddle(['exec', 'env', '--', 'sh', '-c', 'exit 42'])).code, 42);
  const { code, stderr } = await plain.mesh.heddle(['exec', 'enw', '--', 'true']);
  assert.equal(code, 1);
  assert.match(stderr, /no pod default\/enw.*\n {2}default\/env\n/);
  assert.match((await plain.mesh.heddle(['exec', 'env', '-c', 'mein', '--', 'true'])).stderr, /running: main, beside/);
});
