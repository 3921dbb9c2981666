// The files source: manifests in files and folders, watched, so that saving a file is applying it.
import { type FSWatcher, watch } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Issue } from '../../lib/issue.ts';
import { describeError } from '../../lib/mesh-error.ts';
import { parseDocuments } from '../yaml-documents.ts';
import { type FileContent, FileSet } from './file-set.ts';
import type { ConfigSink, ConfigSource } from './source.ts';

export interface FilesSourceOptions {
  /** Files, and folders whose `.yaml`, `.yml` and `.json` files count (not those of folders in them, as with kubectl). */
  readonly paths: readonly string[];
  /** `apply` also comes when a document only moved: its places are new. */
  readonly sink: ConfigSink;
  /** Where a namespaced resource goes that names no namespace; `default` unless given. */
  readonly namespace?: string;
  /** After each reading that found something new. */
  readonly onRead?: (issues: readonly Issue[]) => void;
  /** Quiet after the last event before files are read (10 ms). */
  readonly quietMs?: number;
  /** How long a file has to be gone or empty before its resources are deleted (100 ms). */
  readonly settleMs?: number;
  /** Looking without an event, for file systems that tell none (2 s). */
  readonly pollMs?: number;
}

export class FilesSource implements ConfigSource {
  readonly synced: Promise<void>;
  readonly #options: FilesSourceOptions;
  readonly #files: FileSet;
  readonly #settleMs: number;
  readonly #watchers = new Map<string, { readonly watcher: FSWatcher; readonly inode: bigint }>();
  readonly #contents = new Map<string, { readonly stamp: string; readonly content: FileContent }>();
  readonly #pollTimer: NodeJS.Timeout;
  #quietTimer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;
  #readAgain = false;
  #closed = false;

  constructor(options: FilesSourceOptions) {
    this.#options = options;
    this.#settleMs = options.settleMs ?? 100;
    this.#files = new FileSet(options.sink, options.namespace ?? 'default', this.#settleMs);
    this.#pollTimer = setInterval(() => void this.#read(), options.pollMs ?? 2000);
    this.#pollTimer.unref();
    this.synced = this.#read();
  }

  /** What cannot be read, what is not YAML, and what is there twice. Whether a document is right is for the sink to say. */
  issues(): readonly Issue[] {
    return this.#files.issues();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#pollTimer);
    clearTimeout(this.#quietTimer);
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    await this.#reading;
  }

  /** One reading at a time; what happens meanwhile makes one more. */
  async #read(): Promise<void> {
    if (this.#closed) return;
    if (this.#reading !== undefined) {
      this.#readAgain = true;
      await this.#reading;
      return;
    }
    this.#reading = this.#readUntilQuiet();
    await this.#reading;
    this.#reading = undefined;
  }

  async #readUntilQuiet(): Promise<void> {
    do {
      this.#readAgain = false;
      await this.#readOnce();
    } while (this.#readAgain && !this.#closed);
  }

  async #readOnce(): Promise<void> {
    const contents = new Map<string, FileContent>();
    const seen = new Set<string>();
    for (const path of this.#options.paths) {
      for (const [file, content] of await this.#readPath(path)) {
        // A folder and a file in it may both be given.
        if (!seen.has(resolve(file))) contents.set(file, content);
        seen.add(resolve(file));
      }
    }
    if (this.#closed) return;
    const { changed, unsettled } = this.#files.take(contents);
    if (unsettled) this.#readSoon(this.#settleMs);
    if (changed) this.#options.onRead?.(this.#files.issues());
  }

  /** Watches before it reads, so that nothing falls in between. A file is watched by its folder, so that it may be replaced. */
  async #readPath(path: string): Promise<[string, FileContent][]> {
    try {
      const isFolder = (await stat(path)).isDirectory();
      await this.#watch(isFolder ? path : dirname(path));
      if (!isFolder) return [[path, await this.#readFile(path)]];
      const names = (await readdir(path)).filter((name) => /\.(?:ya?ml|json)$/.test(name) && !name.startsWith('.'));
      return await Promise.all(
        names.sort().map(async (name): Promise<[string, FileContent]> => {
          const file = join(path, name);
          return [file, await this.#readFile(file)];
        }),
      );
    } catch (error) {
      await this.#watch(dirname(path));
      return [[path, unreadable(path, error)]];
    }
  }

  /** A file that looks untouched for a second is not read again: time stamps are too coarse to trust earlier than that. */
  async #readFile(file: string): Promise<FileContent> {
    try {
      const { mtimeNs, ctimeNs, ino, size, ctimeMs } = await stat(file, { bigint: true });
      const stamp = [mtimeNs, ctimeNs, ino, size].join(' ');
      const before = this.#contents.get(file);
      if (before?.stamp === stamp) return before.content;
      const text = await readFile(file, 'utf8');
      const content = { text, parse: () => parseDocuments(text, file) };
      if (Date.now() - Number(ctimeMs) > 1000) this.#contents.set(file, { stamp, content });
      return content;
    } catch (error) {
      return unreadable(file, error);
    }
  }

  /** A folder that was removed and made anew is another one: it gets a new watcher. */
  async #watch(folder: string): Promise<void> {
    try {
      const { ino: inode } = await stat(folder, { bigint: true });
      const before = this.#watchers.get(folder);
      if (before?.inode === inode || this.#closed) return;
      before?.watcher.close();
      const watcher = watch(folder, () => this.#readSoon(this.#options.quietMs ?? 10));
      watcher.on('error', () => watcher.close());
      this.#watchers.set(folder, { watcher, inode });
    } catch {
      // No such folder yet, or no watches left: the poll finds what happens there.
    }
  }

  #readSoon(delayMs: number): void {
    if (this.#closed) return;
    clearTimeout(this.#quietTimer);
    this.#quietTimer = setTimeout(() => void this.#read(), delayMs);
  }
}

function unreadable(file: string, error: unknown): FileContent {
  const gone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  const message = gone ? 'there is no such file or folder' : `cannot be read: ${describeError(error)}`;
  const issue: Issue = {
    path: '',
    code: gone ? 'missing' : 'syntax',
    severity: 'error',
    message,
    place: { file, line: 1, column: 1 },
  };
  return { text: undefined, parse: () => ({ documents: [], issues: [issue] }) };
}
