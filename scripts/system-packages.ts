// Brings the system packages that a mesh and its tests need. As root with apt it installs them, saying so; else it names the command.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const needed: readonly { readonly command: string; readonly package: string }[] = [
  { command: 'ip', package: 'iproute2' },
  { command: 'iptables-restore', package: 'iptables' },
  { command: 'nsenter', package: 'util-linux' },
  { command: 'setpriv', package: 'util-linux' },
  { command: 'python3', package: 'python3' },
  { command: 'git', package: 'git' },
];

const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
const onPath = (command: string): boolean => folders.some((folder) => existsSync(join(folder, command)));

const missing = [...new Set(needed.filter(({ command }) => !onPath(command)).map((entry) => entry.package))];
if (missing.length > 0) {
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    console.error(`missing system packages: ${missing.join(', ')}\nas root, type: apt-get update && ${install}`);
    process.exit(1);
  }
  console.log(`installing system packages: ${missing.join(' ')}`);
  for (const command of ['apt-get update -q', install]) {
    const [program = '', ...args] = command.split(' ');
    const { status, stdout, stderr } = spawnSync(program, args, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      timeout: 300_000,
    });
    if (status === 0) continue;
    console.error(`${command} failed:\n${stdout.toString().slice(-1000)}${stderr.toString().slice(-1000)}`);
    process.exit(1);
  }
}
