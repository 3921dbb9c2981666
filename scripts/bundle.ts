// Bundles what is shipped, with esbuild: the sidecar, alone in one file that needs nothing but Node. Prints the sizes.
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Bundle {
  readonly entry: string;
  readonly file: string;
  /** Bytes of the minified file; growing past it should be a decision, not an accident. */
  readonly budgetBytes: number;
}

const bundles: readonly Bundle[] = [
  { entry: 'src/main/sidecar-bundle.ts', file: 'dist/sidecar.js', budgetBytes: 800_000 },
];

/**
 * CommonJS, which starts a third faster than ESM. Where the sidecar runs, no package.json lies near it; here one says
 * what the checkout's does not.
 */
async function bundle({ entry, file, budgetBytes }: Bundle): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  const path = `${root}/${file}`;
  const { size } = await stat(path);
  const text = await readFile(path);
  const gzipped = gzipSync(text).length;
  process.stdout.write(`${file}  ${kilobytes(size)}  (gzip ${kilobytes(gzipped)})\n`);
  if (size > budgetBytes) throw new Error(`${file} is past its budget of ${kilobytes(budgetBytes)}`);
  // One letter beyond it, and V8 holds the whole text in two bytes a letter. esbuild escapes all but regular expressions.
  const odd = text.findIndex((byte) => byte > 0x7f);
  if (odd >= 0) throw new Error(`${file} is not ASCII: ${text.subarray(Math.max(0, odd - 40), odd + 20).toString()}`);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} kB`;
}

await mkdir(`${root}/dist`, { recursive: true });
await writeFile(`${root}/dist/package.json`, '{ "type": "commonjs" }\n');
await Promise.all(bundles.map(bundle));
