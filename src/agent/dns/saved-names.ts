// The last good names on disk, so that a sidecar that starts without a control plane still knows them.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { describeError } from '../../lib/mesh-error.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { NamedHost } from './lookup-table.ts';

type Hosts = ReadonlyMap<string, NamedHost>;

export class SavedNames {
  readonly #file: string;
  readonly #log: Logger;
  #pending: Hosts | undefined;
  #writing = false;

  constructor(folder: string, log: Logger) {
    this.#file = `${folder}/names.json`;
    this.#log = log;
  }

  /** Undefined when there are none, or none that can be read. */
  async load(): Promise<Hosts | undefined> {
    try {
      return new Map(JSON.parse(await readFile(this.#file, 'utf8')) as [string, NamedHost][]);
    } catch (error) {
      const isFirstStart = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!isFirstStart) this.#log.warn('saved names cannot be read', { error: describeError(error) });
      return undefined;
    }
  }

  /** In the background; of several tables in a row only the last one is written. */
  save(hosts: Hosts): void {
    this.#pending = hosts;
    if (!this.#writing) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    while (this.#pending !== undefined) {
      const hosts = this.#pending;
      this.#pending = undefined;
      await this.#write(hosts);
    }
    this.#writing = false;
  }

  async #write(hosts: Hosts): Promise<void> {
    try {
      const plain = [...hosts].map(([host, { ips, registry, shortname, namespace }]) => [
        host,
        { ips, registry, shortname, namespace },
      ]);
      await writeFile(`${this.#file}.new`, JSON.stringify(plain), { mode: 0o600 });
      await rename(`${this.#file}.new`, this.#file);
    } catch (error) {
      this.#log.warn('names cannot be saved', { error: describeError(error) });
    }
  }
}
