// What a format string may read.
import type { HeaderMap } from '../header-map.ts';
import type { RequestView } from '../request-view.ts';
import type { StreamInfo } from '../stream-info.ts';

export interface FormatContext {
  readonly request: RequestView | undefined;
  readonly responseHeaders: HeaderMap | undefined;
  readonly responseTrailers: HeaderMap | undefined;
  readonly stream: StreamInfo;
  /** Of the process, for `%ENVIRONMENT()%`. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** For `%START_TIME%` in local forms and `%EMIT_TIME%`. */
  readonly nowMs?: number | undefined;
}
