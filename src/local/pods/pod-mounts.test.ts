// What of the host's disks shows in a pod.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostDisks } from './pod-mounts.ts';

test('disks below / are shown, the host’s own devices, run-time folders and single files are not', () => {
  const line = (target: string, type: string): string => `36 35 98:0 / ${target} rw,noatime - ${type} /dev/x rw`;
  const table = [
    line('/', 'ext4'),
    line('/usr', 'ext4'),
    line('/proc', 'proc'),
    line('/run/user', 'ext4'),
    line('/dev/shm', 'tmpfs'),
    line('/etc/hostname', 'ext4'),
    line('/home', 'btrfs'),
    line('/nowhere\\040at\\040all', 'xfs'),
    line('/boot', 'ext4'),
  ];
  assert.deepEqual(hostDisks(table.join('\n')), ['/usr', '/home']);
});
