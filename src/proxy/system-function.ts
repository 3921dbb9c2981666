// Functions of the C library that Node does not offer: koffi's prebuilt library calls one in half a microsecond, and takes 3 ms
// and 3 MB to load.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describeError, MeshError } from '../lib/mesh-error.ts';

interface Koffi {
  load(path: null): { func(prototype: string): unknown };
}

let koffi: Koffi | undefined;

/** `prototype` is C with koffi's annotations, and the type has to say the same. Throws where there is no such function. */
export function systemFunction<Call>(prototype: string): Call {
  koffi ??= loadKoffi();
  return koffi.load(null).func(prototype) as Call;
}

/** Beside the sidecar's bundle, or in a checkout's packages. */
function loadKoffi(): Koffi {
  const path = libraryPath();
  const loaded: { exports: unknown } = { exports: {} };
  try {
    process.dlopen(loaded, path, constants.dlopen.RTLD_NOW);
  } catch (error) {
    throw new MeshError('koffi', `${path} cannot be loaded: ${describeError(error)}`);
  }
  return loaded.exports as Koffi;
}

function libraryPath(): string {
  const program = resolve(process.argv[1] ?? '/');
  const beside = join(dirname(program), 'koffi.node');
  return existsSync(beside) ? beside : koffiLibrary(createRequire(program));
}

/** The prebuilt library among the packages that `require` sees. */
function koffiLibrary(require: NodeJS.Require): string {
  const system = `${process.platform}-${process.arch}`;
  try {
    const folder = dirname(require.resolve(`@koromix/koffi-${system}/package.json`));
    return join(folder, system.replace('-', '_'), 'koffi.node');
  } catch (error) {
    throw new MeshError('koffi', `the package koffi has nothing for ${system}`, { cause: error });
  }
}
