// A mesh of `heddle up` without sidecars, for tests of the pods themselves: their own images, and commands run inside.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pod } from '../../src/lib/kubernetes.ts';
import { Mesh } from './mesh.ts';

const web = `
  const http = require('node:http');
  const name = require('node:os').hostname();
  let ready = true;
  http.createServer((request, response) => {
    if (request.url === '/break') ready = false;
    response.statusCode = request.url === '/ready' && !ready ? 503 : 200;
    response.end(name + ' ' + request.socket.remoteAddress + '\\n');
  }).listen(8080);
`;

const images = `
test/plain: {command: [], env: {FROM_IMAGE: image}}
test/web:
  command: [node, -e, ${JSON.stringify(web)}]
`;

export class PlainMesh {
  readonly folder: string;
  #mesh: Mesh | undefined;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async start(manifest: string, args: readonly string[] = []): Promise<PlainMesh> {
    const plain = new PlainMesh(mkdtempSync(join(tmpdir(), 'heddle-plain-')));
    const file = join(plain.folder, 'manifest.yaml');
    writeFileSync(file, readFileSync(manifest, 'utf8'));
    writeFileSync(join(plain.folder, 'images.yaml'), images);
    const all = ['--images', join(plain.folder, 'images.yaml'), '--no-inject', '--no-gateway', '--publish', 'none'];
    plain.#mesh = await Mesh.start({ args: [...all, ...args, file] });
    return plain;
  }

  get mesh(): Mesh {
    if (this.#mesh === undefined) throw new Error('the mesh was not started');
    return this.#mesh;
  }

  async inside(pod: string, command: string, flags: readonly string[] = []): Promise<string> {
    const { stdout, stderr, code } = await this.mesh.heddle(['exec', ...flags, pod, '--', 'sh', '-c', command]);
    return code === 0 ? stdout.trimEnd() : `exit ${code}: ${stdout}${stderr}`;
  }

  async pod(name: string): Promise<Pod | undefined> {
    const pods = (await this.mesh.api.list('v1', 'Pod', 'default')) as Pod[];
    return pods.find(({ metadata }) => metadata.name === name || metadata.name.startsWith(`${name}-`));
  }

  async stop(): Promise<void> {
    await this.#mesh?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Asks again until the answer is the wanted one; fails with the last answer. */
export async function eventually<T>(
  ask: () => Promise<T>,
  wanted: (answer: T) => boolean,
  limitMs = 15_000,
): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (Date.now() > end) throw new Error(`after ${limitMs} ms still: ${JSON.stringify(answer)}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}
