// Everything that a peer can do wrong in HTTP/1.1: the status it is answered with, Envoy's words for the access log, and why.

export type Http1Problem =
  | 'bad-request-line'
  | 'bad-method'
  | 'no-target'
  | 'bad-target-byte'
  | 'bad-target'
  | 'bad-scheme'
  | 'fragment'
  | 'bad-version'
  | 'http10-refused'
  | 'bad-status-line'
  | 'bare-cr'
  | 'bare-lf'
  | 'obs-fold'
  | 'space-before-colon'
  | 'bad-header-name'
  | 'bad-header-value'
  | 'url-too-long'
  | 'headers-too-large'
  | 'too-many-headers'
  | 'missing-host'
  | 'bad-host'
  | 'several-hosts'
  | 'bad-content-length'
  | 'several-content-lengths'
  | 'length-and-coding'
  | 'coding-in-http10'
  | 'coding-not-allowed'
  | 'body-not-allowed'
  | 'unknown-coding'
  | 'connection-header'
  | 'bad-chunk'
  | 'chunk-extensions-too-large'
  | 'early-end'
  | 'unexpected-upgrade'
  | 'unsolicited';

export interface Http1ProblemRow {
  /** Of the answer when a client did it. An upstream that did it makes a 502 (`protocol error`). */
  readonly status: number;
  /** Envoy's short response flag; empty: none. */
  readonly flag: 'DPE' | '';
  /** Envoy's response code details; where Envoy knows no such problem, the nearest one. */
  readonly details: string;
  /** The text in the body of the answer, as Envoy's. */
  readonly body: string;
}

const badRequest: Http1ProblemRow = { status: 400, flag: 'DPE', details: 'http1.codec_error', body: 'Bad Request' };
const invalidCharacters: Http1ProblemRow = { ...badRequest, details: 'http1.invalid_characters' };
const invalidUrl: Http1ProblemRow = { ...badRequest, details: 'http1.invalid_url' };
const invalidAuthority: Http1ProblemRow = { ...badRequest, details: 'http.invalid_authority' };
const tooLarge: Http1ProblemRow = {
  status: 431,
  flag: 'DPE',
  details: 'http1.headers_too_large',
  body: 'Request Header Fields Too Large',
};

export const http1Problems: Readonly<Record<Http1Problem, Http1ProblemRow>> = {
  'bad-request-line': badRequest,
  'bad-method': badRequest,
  'no-target': badRequest,
  'bad-target-byte': invalidCharacters,
  'bad-target': invalidUrl,
  'bad-scheme': { ...badRequest, details: 'http1.invalid_scheme' },
  fragment: { status: 400, flag: '', details: 'path_normalization_failed', body: '' },
  'bad-version': badRequest,
  'http10-refused': { status: 426, flag: 'DPE', details: 'low_version', body: 'Upgrade Required' },
  'bad-status-line': badRequest,
  'bare-cr': badRequest,
  'bare-lf': badRequest,
  'obs-fold': badRequest,
  'space-before-colon': badRequest,
  'bad-header-name': badRequest,
  'bad-header-value': invalidCharacters,
  'url-too-long': { status: 414, flag: 'DPE', details: 'http1.url_too_long', body: 'URI Too Long' },
  'headers-too-large': tooLarge,
  'too-many-headers': { ...tooLarge, details: 'http1.too_many_headers' },
  'missing-host': { status: 400, flag: '', details: 'missing_host_header', body: '' },
  'bad-host': invalidAuthority,
  'several-hosts': invalidAuthority,
  'bad-content-length': badRequest,
  'several-content-lengths': badRequest,
  'length-and-coding': { ...badRequest, details: 'http1.content_length_and_chunked_not_allowed' },
  'coding-in-http10': { ...badRequest, details: 'http1.transfer_encoding_not_allowed' },
  'coding-not-allowed': { ...badRequest, details: 'http1.transfer_encoding_not_allowed' },
  'body-not-allowed': { ...badRequest, details: 'http1.body_disallowed' },
  'unknown-coding': {
    status: 501,
    flag: 'DPE',
    details: 'http1.invalid_transfer_encoding',
    body: 'Not Implemented',
  },
  'connection-header': { ...badRequest, details: 'http1.connection_header_rejected' },
  'bad-chunk': badRequest,
  'chunk-extensions-too-large': badRequest,
  'early-end': badRequest,
  'unexpected-upgrade': badRequest,
  unsolicited: badRequest,
};
