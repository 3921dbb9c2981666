// Brings missing system packages: with apt and as root it installs them, saying so; else the error has the command to type.
import { spawnSync } from 'node:child_process';
import { MeshError } from '../../lib/mesh-error.ts';
import { findProgram } from './system-tools.ts';

const installers: readonly (readonly [program: string, command: string])[] = [
  ['apt-get', 'apt-get update && apt-get install -y --no-install-recommends'],
  ['dnf', 'dnf install -y'],
  ['zypper', 'zypper install -y'],
  ['pacman', 'pacman -S --noconfirm'],
  ['apk', 'apk add'],
];

/** Packages as Debian names them. Throws MeshError `missing-tools` whose message ends with what to type, or with what apt said. */
export function installPackages(packages: readonly string[], say: (line: string) => void): void {
  const names = packages.join(' ');
  const [, install = 'install'] = installers.find(([program]) => findProgram(program) !== undefined) ?? [];
  const advice = `missing system packages: ${names}; as root, type:\n  ${install} ${names}`;
  const apt = findProgram('apt-get');
  if (apt === undefined || process.geteuid?.() !== 0) throw new MeshError('missing-tools', advice);
  say(`installing system packages: ${names}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-q'],
    ['install', '-y', '--no-install-recommends', ...packages],
  ]) {
    const { status, stderr } = spawnSync(apt, args, { env, timeout: 300_000, encoding: 'utf8' });
    if (status !== 0) throw new MeshError('missing-tools', `${advice}\n(apt-get said: ${stderr.trim().slice(-500)})`);
  }
}
