// Last good on disk: every resource in force, as it came, so that a proxy that starts without a control plane serves what it
// served before. One file: for each type a length and a DeltaDiscoveryResponse.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { describeError, MeshError } from '../../lib/mesh-error.ts';
import { DeltaDiscoveryResponseSchema } from '../../proto/gen/envoy/service/discovery/v3/discovery_pb.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { type RawResource, type ResourceKind, resourceKinds, typeUrls } from './resource-types.ts';

export type SavedResources = Readonly<Record<ResourceKind, ReadonlyMap<string, RawResource>>>;

const prefixBytes = 4;
/** A burst of updates is written once. */
const settleMs = 500;

export class SavedConfig {
  readonly #folder: string;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(folder: string, log: Logger) {
    this.#folder = folder;
    this.#log = log;
  }

  get #file(): string {
    return `${this.#folder}/config.pb`;
  }

  /** Undefined when there is none, or none that can be read. */
  async load(): Promise<SavedResources | undefined> {
    try {
      return decodeSaved(await readFile(this.#file));
    } catch (error) {
      const isFirstStart = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!isFirstStart) this.#log.warn('saved configuration cannot be read', { error: describeError(error) });
      return undefined;
    }
  }

  /** In the background, a moment later; `resources` is asked for then. */
  save(resources: () => SavedResources): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#writing.then(() => this.#write(resources));
    }, settleMs).unref();
  }

  async #write(resources: () => SavedResources): Promise<void> {
    try {
      const bytes = encodeSaved(resources());
      await mkdir(this.#folder, { recursive: true });
      await writeFile(`${this.#file}.new`, bytes, { mode: 0o600 });
      await rename(`${this.#file}.new`, this.#file);
    } catch (error) {
      this.#log.warn('configuration cannot be saved', { error: describeError(error) });
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
  }
}

function encodeSaved(resources: SavedResources): Uint8Array {
  const messages = resourceKinds.map((kind) =>
    toBinary(
      DeltaDiscoveryResponseSchema,
      create(DeltaDiscoveryResponseSchema, {
        typeUrl: typeUrls[kind],
        resources: [...resources[kind].values()].map(({ name, version, bytes }) => ({
          name,
          version,
          resource: { typeUrl: typeUrls[kind], value: bytes },
        })),
      }),
    ),
  );
  return Buffer.concat(
    messages.flatMap((message) => {
      const prefix = Buffer.alloc(prefixBytes);
      prefix.writeUInt32BE(message.length);
      return [prefix, message];
    }),
  );
}

function decodeSaved(file: Buffer): SavedResources {
  const found: Record<ResourceKind, Map<string, RawResource>> = {
    cluster: new Map(),
    endpoint: new Map(),
    listener: new Map(),
    route: new Map(),
  };
  let at = 0;
  while (at < file.length) {
    const end = at + prefixBytes + file.readUInt32BE(at);
    if (end > file.length) throw new MeshError('saved-config', 'the file is cut short');
    const { typeUrl, resources } = fromBinary(DeltaDiscoveryResponseSchema, file.subarray(at + prefixBytes, end));
    const kind = resourceKinds.find((each) => typeUrls[each] === typeUrl);
    for (const { name, version, resource } of resources) {
      if (kind !== undefined && resource !== undefined) found[kind].set(name, { name, version, bytes: resource.value });
    }
    at = end;
  }
  return found;
}
