// Which local command stands for which container image: what the files given by --images say.
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Container } from '../../lib/kubernetes.ts';
import { MeshError } from '../../lib/mesh-error.ts';

export interface ImageEntry {
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute folder on the host, bound into the pod; the command starts in it. */
  readonly workdir?: string;
}

/** Keys are full names, with or without a tag. */
export type ImageTable = ReadonlyMap<string, ImageEntry>;

export const proxyImage = 'heddle/proxy';

/** Later files win. Throws MeshError `bad-images` that names the file and every wrong entry. */
export function loadImages(files: readonly string[]): ImageTable {
  const table = new Map<string, ImageEntry>([[fullName(proxyImage), { command: [], args: [], env: {} }]]);
  for (const file of files) for (const [name, entry] of readImages(file)) table.set(fullName(name), entry);
  return table;
}

function readImages(file: string): [string, ImageEntry][] {
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'), { merge: true });
  } catch (cause) {
    throw new MeshError('bad-images', `cannot read the images file ${file}`, { cause });
  }
  const problems: string[] = [];
  const entries = Object.entries(asRecord(content) ?? {}).map(([name, value]): [string, ImageEntry] => [
    name,
    readEntry(value, { name, folder: dirname(resolve(file)), problems }),
  ]);
  if (asRecord(content) === undefined) problems.push('it must map image names to entries');
  if (problems.length > 0) throw new MeshError('bad-images', `${file}: ${problems.join('; ')}`);
  return entries;
}

interface EntryContext {
  readonly name: string;
  readonly folder: string;
  readonly problems: string[];
}

function readEntry(value: unknown, { name, folder, problems }: EntryContext): ImageEntry {
  const entry = asRecord(value) ?? {};
  const known = ['command', 'args', 'env', 'workdir'];
  for (const field of Object.keys(entry)) {
    if (!known.includes(field)) problems.push(`${name}: unknown field ${field}, expected one of ${known.join(', ')}`);
  }
  const words = (field: string): string[] => {
    const list = entry[field] ?? [];
    if (Array.isArray(list) && list.every((word) => ['string', 'number'].includes(typeof word)))
      return list.map(String);
    problems.push(`${name}: ${field} must be a list of words`);
    return [];
  };
  const env = Object.entries(asRecord(entry['env']) ?? {}).map(([key, text]) => [key, String(text)]);
  const { workdir } = entry;
  const path = typeof workdir === 'string' ? resolve(folder, workdir) : undefined;
  if (path !== undefined && statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    problems.push(`${name}: workdir ${path} is no folder`);
  }
  return {
    command: words('command'),
    args: words('args'),
    env: Object.fromEntries(env),
    ...(path === undefined ? {} : { workdir: path }),
  };
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

/** `curlimages/curl` is `docker.io/curlimages/curl`, `nginx` is `docker.io/library/nginx`: as Docker completes names. */
function fullName(image: string): string {
  const [first = '', ...rest] = image.split('/');
  if (rest.length === 0) return `docker.io/library/${image}`;
  return /[.:]/.test(first) || first === 'localhost' ? image : `docker.io/${image}`;
}

export function findImage(table: ImageTable, image: string): ImageEntry | undefined {
  const full = fullName(image);
  const undigested = full.replace(/@.*$/, '');
  return table.get(full) ?? table.get(undigested) ?? table.get(undigested.replace(/:[^/:]*$/, ''));
}

/** What the image's entry and the manifest together run, by Kubernetes' rules: a command also drops the image's args. */
export function commandOf(container: Container, entry: ImageEntry): string[] {
  if (container.command !== undefined && container.command.length > 0) {
    return [...container.command, ...(container.args ?? [])];
  }
  return [...entry.command, ...(container.args ?? entry.args)];
}

/** What to paste into an images file for these images. */
export function imagesTemplate(images: readonly string[]): string {
  const entries = images.map((image) => {
    const name = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
    return `${name}:\n  workdir: .              # folder to start in, relative to this file\n  command: [node, server.js]\n  env: {}\n`;
  });
  return entries.join('');
}
