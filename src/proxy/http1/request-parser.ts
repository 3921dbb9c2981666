// Requests from bytes. After each complete one it stops until `resume`: pipelined requests wait their turn.
import { HeaderMap } from '../../decide/header-map.ts';
import { hasPort, isAuthority } from './authority.ts';
import { acceptsTrailers, keepsAlive, readConnection, upgradeOf } from './connection-options.ts';
import { contentLengthOf, framingProblem } from './framing.ts';
import { scanState, type HeadMarks } from './head-marks.ts';
import type { Http1Limits } from './limits.ts';
import { MessageParser } from './message-parser.ts';
import type { BodyKind, RequestEvents, RequestHead } from './message.ts';
import { knownMethod } from './methods.ts';
import type { Http1Problem } from './problem.ts';
import type { FieldRecord } from './read-fields.ts';
import { readTarget, type Target } from './request-target.ts';

export class RequestParser extends MessageParser {
  readonly #events: RequestEvents;
  protected readonly firstState = scanState.leading;
  /** On one connection it is nearly always the same, and then it needs no second look. */
  #lastAuthority = '';
  /** Of a request that is no malformed HTTP and still refused, for the log. */
  refused: Pick<RequestHead, 'method' | 'path' | 'authority'> | undefined = undefined;

  constructor(limits: Http1Limits, events: RequestEvents) {
    super(limits, events, 'head');
    this.#events = events;
  }

  /** Goes on to the next request; if it came already, it is reported before this returns. */
  resume(): void {
    this.proceed();
  }

  protected keepsRest(): boolean {
    return true;
  }

  protected readHead(marks: HeadMarks, text: string, fields: FieldRecord): void {
    const method = knownMethod(text.slice(marks.methodStart - marks.start, marks.methodEnd - marks.start));
    if (method === undefined) return this.fail('bad-method');
    const { minor } = marks;
    if (minor === 0 && !this.limits.acceptHttp10) return this.fail('http10-refused');
    const sent = text.slice(marks.textStart - marks.start, marks.textEnd - marks.start);
    const target = readTarget(method, sent);
    const problem =
      target.problem ??
      fields.problem ??
      this.#hostProblem(method, target, fields, minor) ??
      framingProblem(fields, minor);
    if (problem !== undefined) {
      if (isWellFormed(problem)) this.refused = { method, path: sent, authority: fields.host ?? '' };
      return this.fail(problem);
    }
    this.#report(method, sent, target, fields, minor);
  }

  #hostProblem(method: string, target: Target, fields: FieldRecord, minor: 0 | 1): Http1Problem | undefined {
    const { host } = fields;
    if (host === undefined) {
      if (minor === 1) return 'missing-host';
    } else if (!this.#isValid(host)) return 'bad-host';
    const { authority } = target;
    if (authority === undefined) return undefined;
    if (method === 'CONNECT') return isAuthority(authority) && hasPort(authority) ? undefined : 'bad-target';
    return this.#isValid(authority) ? undefined : 'bad-target';
  }

  #isValid(authority: string): boolean {
    if (authority === this.#lastAuthority) return true;
    if (!isAuthority(authority)) return false;
    this.#lastAuthority = authority;
    return true;
  }

  #report(method: string, sent: string, target: Target, fields: FieldRecord, minor: 0 | 1): void {
    const options = readConnection(fields);
    if (!options.valid) return this.fail('connection-header');
    const contentLength = fields.contentLength === undefined ? -1 : contentLengthOf(fields.contentLength);
    const upgrade = minor === 0 || method === 'CONNECT' ? '' : upgradeOf(fields, options);
    const body = bodyOf(method, upgrade, contentLength, fields.transferEncoding !== undefined);
    if (body === undefined) return this.fail('body-not-allowed');
    if (upgrade !== '') {
      fields.names.push('connection', 'upgrade');
      fields.values.push(fields.connection, fields.upgrade);
    }
    if (acceptsTrailers(fields.te)) {
      fields.names.push('te');
      fields.values.push('trailers');
    }
    this.begin(body, contentLength);
    this.#events.onRequest({
      method,
      target: sent,
      path: target.path,
      authority: target.authority ?? fields.host ?? '',
      absolute: target.absolute,
      httpMinor: minor,
      headers: new HeaderMap(fields.names, fields.values),
      body,
      contentLength,
      keepAlive: keepsAlive(options, minor),
      expectContinue: fields.expect !== '' && minor === 1 && fields.expect.toLowerCase() === '100-continue',
      upgrade,
    });
  }
}

/** What Envoy's parser lets pass, for its connection manager to refuse. */
function isWellFormed(problem: Http1Problem): boolean {
  return problem === 'missing-host' || problem === 'fragment';
}

/** Undefined: there is a body where another protocol shall follow the head, and the two cannot be told apart for sure. */
function bodyOf(method: string, upgrade: string, length: number, chunked: boolean): BodyKind | undefined {
  if (upgrade !== '' || method === 'CONNECT') return chunked || length > 0 ? undefined : 'tunnel';
  if (chunked) return 'chunked';
  return length > 0 ? 'length' : 'none';
}
