// Responses from bytes: one per `expect`, which tells what was asked, because that decides whether there is a body (RFC 9112 section 6.3).
import { HeaderMap } from '../../decide/header-map.ts';
import { keepsAlive, readConnection, upgradeOf, type ConnectionOptions } from './connection-options.ts';
import { contentLengthOf, framingProblem } from './framing.ts';
import { scanState, type HeadMarks } from './head-marks.ts';
import type { Http1Limits } from './limits.ts';
import { MessageParser } from './message-parser.ts';
import type { BodyKind, ResponseEvents, ResponseHead } from './message.ts';
import type { FieldRecord } from './read-fields.ts';

export class ResponseParser extends MessageParser {
  readonly #events: ResponseEvents;
  protected readonly firstState = scanState.statusVersion;
  #method = '';
  #upgrade = false;

  constructor(limits: Http1Limits, events: ResponseEvents) {
    super(limits, events, 'stopped');
    this.#events = events;
  }

  /** A request of this method was sent; `upgrade`: it asked for another protocol, so a 101 may come. */
  expect(method: string, upgrade = false): void {
    this.#method = method;
    this.#upgrade = upgrade;
    this.proceed();
  }

  /** What nobody asked for is no answer to what is asked next. */
  protected keepsRest(): boolean {
    this.fail('unsolicited');
    return false;
  }

  protected readHead(marks: HeadMarks, text: string, fields: FieldRecord): void {
    const { minor, status } = marks;
    const problem = framingProblem(fields, minor);
    if (problem !== undefined) return this.fail(problem);
    const chunked = fields.transferEncoding !== undefined;
    const bodiless = status < 200 || status === 204;
    if (bodiless && chunked) return this.fail('coding-not-allowed');
    if (bodiless && fields.contentLength !== undefined && contentLengthOf(fields.contentLength) > 0) {
      return this.fail('body-not-allowed');
    }
    if (status === 101 && !this.#upgrade) return this.fail('unexpected-upgrade');
    const reason = text.slice(marks.textStart - marks.start, marks.textEnd - marks.start);
    const head = this.#head(status, reason, fields, minor);
    if (status < 200 && status !== 101) return this.#events.onInformational(head);
    this.begin(head.body, head.contentLength);
    this.#events.onResponse(head);
  }

  #head(status: number, reason: string, fields: FieldRecord, minor: 0 | 1): ResponseHead {
    const options = readConnection(fields);
    const upgrade = status === 101 ? upgradeOf(fields, options) : '';
    if (status === 101) {
      fields.names.push('connection', 'upgrade');
      fields.values.push(fields.connection, fields.upgrade);
    }
    const headers = new HeaderMap(fields.names, fields.values);
    let contentLength = fields.contentLength === undefined ? -1 : contentLengthOf(fields.contentLength);
    if (contentLength >= 0 && (status < 200 || status === 204 || this.#isTunnel(status))) {
      // RFC 9110 section 8.6 forbids it there; whoever gets it may wait for a body.
      headers.remove('content-length');
      contentLength = -1;
    }
    const body = this.#bodyOf(status, contentLength, fields.transferEncoding !== undefined);
    const keepAlive = body !== 'close' && body !== 'tunnel' && staysOpen(options, minor);
    return { status, reason, httpMinor: minor, headers, body, contentLength, keepAlive, upgrade };
  }

  #isTunnel(status: number): boolean {
    return status === 101 || (this.#method === 'CONNECT' && status >= 200 && status < 300);
  }

  #bodyOf(status: number, contentLength: number, chunked: boolean): BodyKind {
    if (this.#isTunnel(status)) return 'tunnel';
    if (this.#method === 'HEAD' || status < 200 || status === 204 || status === 304) return 'none';
    if (chunked) return 'chunked';
    if (contentLength < 0) return 'close';
    return contentLength > 0 ? 'length' : 'none';
  }
}

/** An upstream that names odd things in Connection is not refused for it, but not used again either. */
function staysOpen(options: ConnectionOptions, minor: 0 | 1): boolean {
  return options.valid && keepsAlive(options, minor);
}
