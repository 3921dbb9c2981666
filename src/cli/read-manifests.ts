// Reads what `-f` names: files, folders of YAML, or standard input, as documents that know their places.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfigDocument, parseDocuments } from '../galley/yaml-documents.ts';
import type { Issue } from '../lib/issue.ts';
import { MeshError } from '../lib/mesh-error.ts';
import type { CommandStreams } from './command-options.ts';

export interface Manifests {
  readonly documents: readonly ConfigDocument[];
  /** What kept documents from being read. */
  readonly issues: readonly Issue[];
}

const manifestName = /\.(ya?ml|json)$/i;

/** Folders are read without their subfolders, as kubectl does; `-` is standard input. Throws `no-file`. */
export async function readManifests(paths: readonly string[], stdin: CommandStreams['stdin']): Promise<Manifests> {
  const texts: { file: string; text: string }[] = [];
  for (const path of paths) {
    if (path === '-') texts.push({ file: 'stdin', text: await readAll(stdin) });
    else texts.push(...filesOf(path).map((file) => ({ file, text: readFileSync(file, 'utf8') })));
  }
  const parsed = texts.map(({ file, text }) => parseDocuments(text, file));
  return {
    documents: parsed.flatMap(({ documents }) => documents),
    issues: parsed.flatMap(({ issues }) => issues),
  };
}

function filesOf(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => manifestName.test(name));
    if (names.length > 0) return names.toSorted().map((name) => join(path, name));
  } catch (cause) {
    throw new MeshError('no-file', `cannot read ${path}`, { cause });
  }
  throw new MeshError('no-file', `there is no .yaml, .yml or .json file in ${path}`);
}

async function readAll(stdin: CommandStreams['stdin']): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
