// What has to hold before a mesh can be started: Linux, root, and the system's programs. What is missing comes with a command.
import { MeshError } from '../../lib/mesh-error.ts';
import { installPackages } from '../process/install-packages.ts';
import { shellQuote } from '../process/shell-quote.ts';
import { missingPackages } from '../process/system-tools.ts';

/** Throws MeshError whose message ends with what to type. */
export function requireRoot(): void {
  if (process.platform !== 'linux')
    throw new MeshError('not-linux', 'a local mesh needs Linux: its pods are namespaces');
  if (process.geteuid?.() === 0) return;
  const command = ['sudo', process.execPath, ...process.argv.slice(1)].map(shellQuote).join(' ');
  throw new MeshError('not-root', `network namespaces and iptables need root; type:\n  ${command}`);
}

/** With apt, missing packages are installed at once, saying so. */
export function requireTools(say: (line: string) => void): void {
  const missing = missingPackages();
  if (missing.length === 0) return;
  installPackages(missing, say);
  const still = missingPackages();
  if (still.length > 0)
    throw new MeshError('missing-tools', `apt-get has installed ${still.join(' ')}, but not all programs came`);
}
