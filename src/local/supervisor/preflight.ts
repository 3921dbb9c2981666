// What has to hold before a mesh can be started: Linux, root, and the system's programs. What is missing comes with a command.
import { spawnSync } from 'node:child_process';
import { MeshError } from '../../lib/mesh-error.ts';
import { shellQuote } from '../process/shell-quote.ts';
import { findProgram, missingPackages } from '../process/system-tools.ts';

/** Throws MeshError whose message ends with what to type. */
export function requireRoot(): void {
  if (process.platform !== 'linux')
    throw new MeshError('not-linux', 'a local mesh needs Linux: its pods are namespaces');
  if (process.geteuid?.() === 0) return;
  const command = ['sudo', process.execPath, ...process.argv.slice(1)].map(shellQuote).join(' ');
  throw new MeshError('not-root', `network namespaces and iptables need root; type:\n  ${command}`);
}

const installers: readonly (readonly [program: string, command: string])[] = [
  ['apt-get', 'apt-get install -y --no-install-recommends'],
  ['dnf', 'dnf install -y'],
  ['zypper', 'zypper install -y'],
  ['pacman', 'pacman -S --noconfirm'],
  ['apk', 'apk add'],
];

/** With apt, missing packages are installed at once, saying so. */
export function requireTools(say: (line: string) => void): void {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const [, install = 'install'] = installers.find(([program]) => findProgram(program) !== undefined) ?? [];
  const command = `${install} ${missing.join(' ')}`;
  const advice = `missing system packages: ${missing.join(' ')}; as root, type:\n  ${command}`;
  const apt = findProgram('apt-get');
  if (apt === undefined) throw new MeshError('missing-tools', advice);
  say(`installing system packages: ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-q'],
    ['install', '-y', '--no-install-recommends', ...missing],
  ]) {
    const { status, stderr } = spawnSync(apt, args, { env, timeout: 300_000, encoding: 'utf8' });
    if (status !== 0) throw new MeshError('missing-tools', `${advice}\n(apt-get said: ${stderr.trim().slice(-500)})`);
  }
  if (missingPackages().length > 0) throw new MeshError('missing-tools', advice);
}
