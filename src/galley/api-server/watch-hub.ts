// All HTTP watches of the API: hands them events as they happen, and bookmarks a moment after any write.
import type { ServerResponse } from 'node:http';
import { ApiError } from './api-error.ts';
import type { ObjectStore } from './object-store.ts';
import { type WatchRequest, WatchStream } from './watch-stream.ts';

/** Bookmarks go out at once after a quiet time, and at most this often during a storm of writes. */
const bookmarkIntervalMs = 4;

export class WatchHub {
  readonly #store: ObjectStore;
  readonly #maxWatches: number;
  readonly #streams = new Set<WatchStream>();
  readonly #stopListening: () => void;
  #timer: NodeJS.Timeout | undefined;
  #lastBookmarkMs = 0;

  constructor(store: ObjectStore, maxWatches: number) {
    this.#store = store;
    this.#maxWatches = maxWatches;
    this.#stopListening = store.watch((event) => {
      for (const stream of this.#streams) stream.deliver(event);
      this.#scheduleBookmarks();
    });
  }

  /** Keeps `response` open until either side ends it, or `timeoutSeconds` pass. */
  open(response: ServerResponse, request: WatchRequest, timeoutSeconds: number | undefined): void {
    if (this.#streams.size >= this.#maxWatches) {
      throw new ApiError(429, 'TooManyRequests', `${this.#maxWatches} watches are open already`, {
        retryAfterSeconds: 1,
      });
    }
    const stream = new WatchStream(response, request);
    if (!stream.begin(this.#store)) return;
    this.#streams.add(stream);
    const timer = timeoutSeconds === undefined ? undefined : setTimeout(() => stream.end(), timeoutSeconds * 1000);
    response.once('close', () => {
      clearTimeout(timer);
      this.#streams.delete(stream);
    });
    this.#scheduleBookmarks();
  }

  close(): void {
    this.#stopListening();
    clearTimeout(this.#timer);
    for (const stream of this.#streams) stream.end();
  }

  #scheduleBookmarks(): void {
    if (this.#timer !== undefined) return;
    const waitMs = Math.max(0, this.#lastBookmarkMs + bookmarkIntervalMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#lastBookmarkMs = performance.now();
      for (const stream of this.#streams) stream.bookmark(this.#store.resourceVersion);
    }, waitMs);
  }
}
