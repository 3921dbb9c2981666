// Runs the HTTP/1.1 parsers over bytes, cut as one likes, and keeps what they told: the same record however the bytes were cut.
import type { HeaderMap } from '../../src/decide/header-map.ts';
import { defaultLimits, type Http1Limits } from '../../src/proxy/http1/limits.ts';
import type { RequestHead, ResponseHead } from '../../src/proxy/http1/message.ts';
import type { Http1Problem } from '../../src/proxy/http1/problem.ts';
import { RequestParser } from '../../src/proxy/http1/request-parser.ts';
import { ResponseParser } from '../../src/proxy/http1/response-parser.ts';

export interface RecordedMessage<Head> {
  readonly head: Head;
  body: string;
  trailers: readonly string[] | undefined;
  complete: boolean;
}

export interface Recorded<Head> {
  readonly messages: RecordedMessage<Head>[];
  /** Of responses. */
  readonly informational: Head[];
  problem: Http1Problem | undefined;
}

export interface RecordOptions {
  readonly limits?: Partial<Http1Limits>;
  /** Where the bytes are cut; none: whole. */
  readonly cuts?: readonly number[];
  /** Whether the peer ends its side behind the bytes. */
  readonly end?: boolean;
  /** Of the request that a response answers. */
  readonly method?: string;
  readonly upgrade?: boolean;
}

export function fields(headers: HeaderMap): string[] {
  return headers.names.map((name, at) => `${name}: ${headers.values[at]!}`);
}

function eventsOf<Head>(recorded: Recorded<Head>, next: () => void) {
  const last = (): RecordedMessage<Head> => recorded.messages.at(-1)!;
  return {
    onHead: (head: Head): void => {
      recorded.messages.push({ head, body: '', trailers: undefined, complete: false });
    },
    onInformational: (head: Head): void => {
      recorded.informational.push(head);
    },
    onBody: (chunk: Buffer): void => {
      last().body += chunk.toString('latin1');
    },
    onTrailers: (trailers: HeaderMap): void => {
      last().trailers = fields(trailers);
    },
    onEnd: (): void => {
      last().complete = true;
      next();
    },
    onError: (problem: Http1Problem): void => {
      recorded.problem = problem;
    },
  };
}

/** Each piece is handed over in a buffer of its own that is overwritten afterwards, as a shared read buffer would be. */
function feed(parser: RequestParser | ResponseParser, raw: string, options: RecordOptions): void {
  const whole = Buffer.from(raw, 'latin1');
  const bounds = [0, ...(options.cuts ?? []), whole.length];
  for (let at = 1; at < bounds.length; at++) {
    const piece = Buffer.concat([Buffer.from('??'), whole.subarray(bounds[at - 1], bounds[at]), Buffer.from('??')]);
    parser.execute(piece, 2, piece.length - 2);
    piece.fill('!');
  }
  if (options.end === true) parser.finish();
}

export function recordRequests(raw: string, options: RecordOptions = {}): Recorded<RequestHead> {
  const recorded: Recorded<RequestHead> = { messages: [], informational: [], problem: undefined };
  const events = eventsOf(recorded, () => parser.resume());
  const parser: RequestParser = new RequestParser(
    { ...defaultLimits, ...options.limits },
    { ...events, onRequest: events.onHead },
  );
  feed(parser, raw, options);
  return recorded;
}

export function recordResponse(raw: string, options: RecordOptions = {}): Recorded<ResponseHead> {
  const recorded: Recorded<ResponseHead> = { messages: [], informational: [], problem: undefined };
  const events = eventsOf(recorded, () => {});
  const parser = new ResponseParser({ ...defaultLimits, ...options.limits }, { ...events, onResponse: events.onHead });
  parser.expect(options.method ?? 'GET', options.upgrade ?? false);
  feed(parser, raw, options);
  return recorded;
}
