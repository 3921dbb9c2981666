// What a source of configuration is, and where it puts what it finds: a ConfigSet, or (in `heddle up`) the embedded API.
import type { Issue } from '../../lib/issue.ts';
import type { ResourceId } from '../resource-id.ts';
import type { ConfigDocument } from '../yaml-documents.ts';

export interface ConfigSink {
  /** A resource came or changed. Whether it is right is for the sink to judge. */
  apply(document: ConfigDocument): void;
  delete(id: ResourceId): void;
}

/** Runs from its making until `close()`; a source that fails keeps trying and keeps what it told. */
export interface ConfigSource {
  /** Once everything that was there at the start has been told. Rejects if the source was closed before. */
  readonly synced: Promise<void>;
  /** What keeps the source from reading: files that are broken, servers that do not answer. */
  issues(): readonly Issue[];
  close(): Promise<void>;
}
