// What the HTTP/1.1 codec costs by itself, beside Node's own parser: `node bench/http1-codec.ts [--json]`. Prints ns per message.
import type { HeaderMap } from '../src/decide/header-map.ts';
import { normalisePath } from '../src/decide/normalise-path.ts';
import { defaultLimits } from '../src/proxy/http1/limits.ts';
import { RequestParser } from '../src/proxy/http1/request-parser.ts';
import { ResponseParser } from '../src/proxy/http1/response-parser.ts';
import { requestHead, responseHead } from '../src/proxy/http1/write-message.ts';
import { repeatedNodeParse } from '../test/kit/node-http-parser.ts';

const request = Buffer.from(
  'GET /api/v1/products/42?include=reviews&page=2 HTTP/1.1\r\nHost: productpage.shop.svc.cluster.local:9080\r\n' +
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\nAccept: application/json, text/plain, */*\r\n' +
    'Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.5\r\nConnection: keep-alive\r\n' +
    'X-Request-Id: 6f9b8c1e-7a42-4b8e-9d0f-2f4cb7d8a111\r\nX-Forwarded-For: 10.244.0.17\r\nX-Forwarded-Proto: http\r\n' +
    'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nCookie: session=0123456789abcdef; theme=dark\r\n\r\n',
);
const small = Buffer.from('GET /a HTTP/1.1\r\nHost: reviews:9080\r\nUser-Agent: bench\r\n\r\n');
const response = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 289\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\n` +
    `Server: istio-envoy\r\nX-Envoy-Upstream-Service-Time: 3\r\n\r\n${'x'.repeat(289)}`,
);
const chunked = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n${`400\r\n${'y'.repeat(1024)}\r\n`.repeat(16)}0\r\n\r\n`,
);

let bytesSeen = 0;
const nothing = (): void => {};
const onBody = (chunk: Buffer): void => {
  bytesSeen += chunk.length;
};
const fail = (problem: string): never => {
  throw new Error(problem);
};

function requestParser(): RequestParser {
  const parser: RequestParser = new RequestParser(defaultLimits, {
    onRequest: (head) => (bytesSeen += head.headers.size),
    onBody,
    onTrailers: nothing,
    onEnd: () => parser.resume(),
    onError: fail,
  });
  return parser;
}

function requestRun(bytes: Buffer): () => void {
  const parser = requestParser();
  return () => parser.execute(bytes, 0, bytes.length);
}

function responseRun(bytes: Buffer): () => void {
  const parser = new ResponseParser(defaultLimits, {
    onInformational: nothing,
    onResponse: (head) => (bytesSeen += head.headers.size),
    onBody,
    onTrailers: nothing,
    onEnd: nothing,
    onError: fail,
  });
  return () => {
    parser.expect('GET');
    parser.execute(bytes, 0, bytes.length);
  };
}

/** Cut in the middle of the head. */
function splitRun(bytes: Buffer): () => void {
  const parser = requestParser();
  const half = bytes.length >> 1;
  return () => {
    parser.execute(bytes, 0, half);
    parser.execute(bytes, half, bytes.length);
  };
}

function headersOf(): { path: string; authority: string; headers: HeaderMap } {
  let found: { path: string; authority: string; headers: HeaderMap } | undefined;
  const parser = new RequestParser(defaultLimits, {
    onRequest: (head) => (found = head),
    onBody,
    onTrailers: nothing,
    onEnd: nothing,
    onError: fail,
  });
  parser.execute(request, 0, request.length);
  return found!;
}

/** Parse, normalise, print, and turn into bytes: what a proxy does with every request at least. */
function throughRun(): () => void {
  const path = { normalize: true, mergeSlashes: false, escapedSlashes: 'keep' } as const;
  const out = Buffer.alloc(4096);
  const parser: RequestParser = new RequestParser(defaultLimits, {
    onRequest: (head) => {
      const normal = normalisePath(head.path, path);
      if (normal.kind !== 'path') return fail(normal.kind);
      bytesSeen += out.write(
        requestHead({ method: head.method, path: normal.path, authority: head.authority }, head.headers),
        'latin1',
      );
    },
    onBody,
    onTrailers: nothing,
    onEnd: () => parser.resume(),
    onError: fail,
  });
  return () => parser.execute(request, 0, request.length);
}

function printRun(): () => void {
  const { path, authority, headers } = headersOf();
  const out = Buffer.alloc(4096);
  return () => (bytesSeen += out.write(requestHead({ method: 'GET', path, authority }, headers), 'latin1'));
}

function printResponseRun(): () => void {
  const { headers } = headersOf();
  const out = Buffer.alloc(4096);
  return () => (bytesSeen += out.write(responseHead(200, headers), 'latin1'));
}

interface Row {
  readonly case: string;
  readonly bytes: number;
  readonly ns: number;
  readonly mibPerSecond: number;
}

function measure(name: string, bytes: number, run: () => void): Row {
  for (let round = 0; round < 50_000; round++) run();
  // The best of many short runs: whatever else the machine does only adds.
  let ns = Infinity;
  const rounds = 2000;
  for (let sample = 0; sample < 100; sample++) {
    const start = process.hrtime.bigint();
    for (let round = 0; round < rounds; round++) run();
    ns = Math.min(ns, Number(process.hrtime.bigint() - start) / rounds);
  }
  return { case: name, bytes, ns: Math.round(ns), mibPerSecond: Math.round((bytes / ns) * (1e9 / (1 << 20))) };
}

const rows: readonly Row[] = [
  measure('request', request.length, requestRun(request)),
  measure('request, node', request.length, repeatedNodeParse('request', request)),
  measure('request, small', small.length, requestRun(small)),
  measure('request, small, node', small.length, repeatedNodeParse('request', small)),
  measure('request, cut in two', request.length, splitRun(request)),
  measure('response', response.length, responseRun(response)),
  measure('response, node', response.length, repeatedNodeParse('response', response)),
  measure('response, 16 chunks', chunked.length, responseRun(chunked)),
  measure('response, 16 chunks, node', chunked.length, repeatedNodeParse('response', chunked)),
  measure('print request', request.length, printRun()),
  measure('print response', request.length, printResponseRun()),
  measure('request through', request.length, throughRun()),
];

if (process.argv.includes('--json')) console.log(JSON.stringify(rows, undefined, 2));
else console.table(rows);
if (bytesSeen === 0) throw new Error('nothing was measured');
