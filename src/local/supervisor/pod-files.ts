// Lays out /run/heddle for all pods: the sidecar, Node, Envoy and the images' folders, readable wherever they came from.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { MeshError } from '../../lib/mesh-error.ts';
import type { ImageTable } from '../images/image-table.ts';
import type { StateFolder } from '../state/state-folder.ts';
import { checkoutFolder } from './checkout-folder.ts';

export interface PodFiles {
  readonly binds: readonly (readonly [source: string, target: string])[];
  readonly workdirs: ReadonlyMap<string, string>;
}

const proxyUser = 1337;

/** Without `envoy` the sidecar is the embedded one. */
export interface PodFilesInputs {
  readonly state: StateFolder;
  readonly images: ImageTable;
  readonly envoy?: string;
}

/** Fills `run/` in the state folder. Targets of mounts have to exist there: it is bound read-only into the pods. */
export function preparePodFiles({ state, images, envoy }: PodFilesInputs): PodFiles {
  chownSync(state.run, 0, proxyUser);
  copyForAll(sidecarBundle(), join(state.run, 'sidecar.js'));
  const koffi = koffiLibrary();
  if (koffi !== undefined) copyForAll(koffi, join(state.run, 'koffi.node'));
  const binaries: [string, string][] = [['node', process.execPath]];
  if (envoy !== undefined) binaries.push(['envoy', realpathSync(envoy)]);
  const binds = binaries.map(([name, file]) => {
    writeFileSync(join(state.run, 'bin', name), '');
    chmodSync(join(state.run, 'bin', name), 0o755);
    return [executableForAll(file, join(state.path, 'bin', name)), `/run/heddle/bin/${name}`] as const;
  });
  const folders = [...new Set([...images.values()].flatMap(({ workdir }) => (workdir === undefined ? [] : [workdir])))];
  rmSync(join(state.run, 'images'), { recursive: true, force: true });
  const workdirs = folders.map((folder, index) => {
    mkdirSync(join(state.run, 'images', String(index)), { recursive: true });
    return [folder, `/run/heddle/images/${index}`] as const;
  });
  return { binds: [...binds, ...workdirs], workdirs: new Map(workdirs) };
}

function copyForAll(file: string, copy: string): void {
  copyFileSync(file, copy);
  chmodSync(copy, 0o644);
}

/** The native library that the embedded sidecar loads from beside its bundle. */
function koffiLibrary(): string | undefined {
  const system = `${process.platform}-${process.arch}`;
  const file = join('node_modules/@koromix', `koffi-${system}`, system.replace('-', '_'), 'koffi.node');
  return [join(checkoutFolder, file)].find((path) => existsSync(path));
}

/** The file itself when everybody may run it; the folders on the way to it do not matter for a bind mount. */
function executableForAll(file: string, copy: string): string {
  const everybody = 0o005;
  if ((statSync(file).mode & everybody) === everybody) return file;
  mkdirSync(join(copy, '..'), { recursive: true });
  copyFileSync(file, copy);
  chmodSync(copy, 0o755);
  return copy;
}

/** From a checkout the bundle is made when its sources are newer. */
function sidecarBundle(): string {
  const bundle = join(checkoutFolder, 'dist/sidecar.js');
  const script = join(checkoutFolder, 'scripts/bundle.ts');
  if (!existsSync(script)) return bundle;
  const sources = globSync(['src/main/sidecar*.ts', 'src/{agent,decide,lib,proto,proxy,telemetry}/**/*.ts'], {
    cwd: checkoutFolder,
  });
  const newest = Math.max(...sources.map((file) => statSync(join(checkoutFolder, file)).mtimeMs));
  if ((statSync(bundle, { throwIfNoEntry: false })?.mtimeMs ?? 0) > newest) return bundle;
  const { status, stderr } = spawnSync(process.execPath, [script], { cwd: checkoutFolder, encoding: 'utf8' });
  if (status !== 0) throw new MeshError('bundle', `the sidecar could not be bundled: ${stderr.trim()}`);
  return bundle;
}

/** The binary of the sidecar's proxy; fetched when it is the pinned one and is not there yet. */
export function ensureEnvoyBinary(path: string, say: (line: string) => void): void {
  if (existsSync(path)) return;
  const script = join(checkoutFolder, 'scripts/peers.ts');
  if (path !== defaultEnvoy() || !existsSync(script)) {
    throw new MeshError('no-envoy', `there is no Envoy at ${path}; give its path with --envoy, or type: npm run peers`);
  }
  say('Envoy is not here yet; fetching it (npm run peers)');
  const { status } = spawnSync(process.execPath, [script], {
    cwd: checkoutFolder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0 || !existsSync(path))
    throw new MeshError('no-envoy', 'Envoy could not be fetched; try: npm run peers');
}

export function defaultEnvoy(): string {
  return join(checkoutFolder, '.cache/peers/bin/envoy');
}
