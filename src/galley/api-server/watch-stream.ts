// One watch over HTTP: JSON lines of events, and bookmarks that tell how far the watcher is.
import type { ServerResponse } from 'node:http';
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { expired, statusOf } from './api-error.ts';
import type { ObjectEvent } from './object-table.ts';
import type { ObjectStore } from './object-store.ts';

export interface WatchRequest {
  readonly resource: string;
  readonly matches: (object: KubernetesObject) => boolean;
  /** Turns a stored object into the version and form asked for. */
  readonly present: (object: KubernetesObject) => object;
  /** Undefined or 0: begin with everything that exists. */
  readonly resourceVersion?: number;
  readonly bookmarks: boolean;
  readonly sendInitialEvents: boolean;
  readonly bookmarkOf: (resourceVersion: number, initialEventsEnd: boolean) => object;
}

/** A reader that lets this much pile up is cut off: it comes again with the last resourceVersion that it saw. */
const maxPendingBytes = 32 * 1024 * 1024;

export class WatchStream {
  readonly #response: ServerResponse;
  readonly #request: WatchRequest;
  #seen = 0;

  constructor(response: ServerResponse, request: WatchRequest) {
    this.#response = response;
    this.#request = request;
  }

  /** Sends what the watcher missed; `false` when that is no longer known and the stream has ended with 410. */
  begin(store: ObjectStore): boolean {
    const { resourceVersion = 0, sendInitialEvents, resource, matches } = this.#request;
    this.#response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
    this.#response.flushHeaders();
    if (resourceVersion === 0 || sendInitialEvents) {
      for (const object of store.list(resource)) if (matches(object)) this.#send('ADDED', object);
      this.#seen = store.resourceVersion;
      if (sendInitialEvents) this.#sendBookmark(this.#seen, true);
      return true;
    }
    const missed = store.since(resourceVersion);
    if (missed === undefined) {
      const status = statusOf(expired(`too old resource version: ${resourceVersion} (${store.resourceVersion})`));
      this.#response.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
      return false;
    }
    this.#seen = resourceVersion;
    for (const event of missed) this.deliver(event);
    return true;
  }

  deliver(event: ObjectEvent): void {
    const { resource, matches } = this.#request;
    if (event.resource !== resource) return;
    const before = event.previous !== undefined && matches(event.previous);
    const after = event.type !== 'DELETED' && matches(event.object);
    if (!before && !after) return;
    this.#seen = event.resourceVersion;
    if (after) return this.#send(before ? 'MODIFIED' : 'ADDED', event.object);
    // Left the selection, or gone: the last state that the watcher knew, under the new resourceVersion.
    const { previous = event.object } = event;
    const metadata = { ...previous.metadata, resourceVersion: String(event.resourceVersion) };
    this.#send('DELETED', { ...previous, metadata });
  }

  /** Tells that there is nothing newer for this watcher up to `resourceVersion`. */
  bookmark(resourceVersion: number): void {
    if (this.#request.bookmarks && this.#seen < resourceVersion) this.#sendBookmark(resourceVersion, false);
  }

  end(): void {
    this.#response.end();
  }

  #sendBookmark(resourceVersion: number, initialEventsEnd: boolean): void {
    this.#seen = resourceVersion;
    this.#line({ type: 'BOOKMARK', object: this.#request.bookmarkOf(resourceVersion, initialEventsEnd) });
  }

  #send(type: string, object: KubernetesObject): void {
    this.#line({ type, object: this.#request.present(object) });
  }

  #line(event: object): void {
    this.#response.write(`${JSON.stringify(event)}\n`);
    if (this.#response.writableLength > maxPendingBytes) this.#response.destroy();
  }
}
