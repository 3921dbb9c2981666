// Mutates valid HTTP/1.1, parses it whole and in pieces, and compares. Seeded: the same seed, the same inputs.
import assert from 'node:assert/strict';
import type { HeaderMap } from '../../src/decide/header-map.ts';
import { defaultLimits } from '../../src/proxy/http1/limits.ts';
import type { RequestHead, ResponseHead } from '../../src/proxy/http1/message.ts';
import { RequestParser } from '../../src/proxy/http1/request-parser.ts';
import { ResponseParser } from '../../src/proxy/http1/response-parser.ts';
import { requestCorpus, responseCorpus, upgradeCorpus } from './http1-corpus.ts';

export interface FuzzOutcome {
  /** Inputs of which at least one head was understood. */
  heads: number;
  /** Inputs that were refused at some point. */
  refused: number;
  slowestMs: number;
}

type Random = (below: number) => number;

/** Mulberry32. */
function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const fragments: readonly string[] = [
  '\r\n',
  '\r',
  '\n',
  '\r\n\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '0',
  'f',
  '#',
  '%',
  '//',
  '..',
  '\x7f',
  '\xff',
  '\r\n ',
  'Content-Length: 5\r\n',
  'Content-Length: 0\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Host: b\r\n',
  'Connection: close\r\n',
  'Connection: upgrade\r\nUpgrade: x\r\n',
  '0\r\n\r\n',
  '1\r\na\r\n',
  'HTTP/1.1',
  'HTTP/1.0',
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.1 100 x\r\n\r\n',
  'ffffffffffffffff\r\n',
  '+1',
  'Expect: 100-continue\r\n',
  'TE: trailers\r\n',
];

/** Changes that mostly leave it valid: a letter for a letter, one more header. */
function changeGently(text: string, random: Random): string {
  const at = random(text.length);
  if (random(3) === 0) {
    const line = text.indexOf('\r\n', at);
    if (line > 0 && line < text.indexOf('\r\n\r\n'))
      return `${text.slice(0, line)}\r\nx-f${random(99)}: ${random(1e6)}${text.slice(line)}`;
  }
  const code = text.charCodeAt(at);
  if (code < 97 || code > 122) return text;
  return text.slice(0, at) + String.fromCharCode(97 + random(26)) + text.slice(at + 1);
}

function changeRoughly(text: string, other: string, random: Random): string {
  const at = random(text.length + 1);
  switch (random(6)) {
    case 0:
      return text.slice(0, at) + String.fromCharCode(random(256)) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + fragments[random(fragments.length)]! + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(at + 1 + random(4));
    case 3:
      return text.slice(0, at) + text.slice(random(text.length));
    case 4:
      return text.slice(0, at) + other.slice(random(other.length));
    default: {
      const line = text.indexOf('\r\n', at);
      return line < 0
        ? text + other
        : text.slice(0, line + 2) + fragments[random(fragments.length)]! + text.slice(line + 2);
    }
  }
}

function input(corpus: readonly string[], random: Random): string {
  let text = corpus[random(corpus.length)]!;
  if (random(4) === 0) text += corpus[random(corpus.length)]!;
  for (let gentle = random(4); gentle > 0; gentle--) text = changeGently(text, random);
  if (random(2) === 0) return text;
  for (let rough = 1 + random(3); rough > 0; rough--)
    text = changeRoughly(text, corpus[random(corpus.length)]!, random);
  return text;
}

/** Everything that a parser told, as text. Body chunks one behind the other: how they are cut is nobody's business. */
class Transcript {
  text = '';
  heads = 0;
  refused = false;
  #body = '';

  #flush(): void {
    if (this.#body !== '') this.text += `body ${this.#body}\n`;
    this.#body = '';
  }

  head(head: RequestHead | ResponseHead): void {
    this.#flush();
    this.heads++;
    this.text += `${JSON.stringify(head)}\n`;
  }

  readonly events = {
    onBody: (chunk: Buffer): void => {
      this.#body += chunk.toString('latin1');
    },
    onTrailers: (trailers: HeaderMap): void => {
      this.#flush();
      this.text += `trailers ${trailers.names.join()} ${trailers.values.join()}\n`;
    },
    onError: (problem: string): void => {
      this.#flush();
      this.refused = true;
      this.text += problem;
    },
  };

  end(): void {
    this.#flush();
    this.text += 'end\n';
  }
}

function parse(kind: 'request' | 'response', bytes: Buffer, cuts: readonly number[]): Transcript {
  const transcript = new Transcript();
  const { events } = transcript;
  const head = (message: RequestHead | ResponseHead): void => transcript.head(message);
  const request = (): RequestParser => {
    const parser: RequestParser = new RequestParser(defaultLimits, {
      ...events,
      onRequest: head,
      onEnd: () => {
        transcript.end();
        parser.resume();
      },
    });
    return parser;
  };
  const response = (): ResponseParser => {
    const parser: ResponseParser = new ResponseParser(defaultLimits, {
      ...events,
      onResponse: head,
      onInformational: head,
      onEnd: () => {
        transcript.end();
        parser.expect('GET', true);
      },
    });
    parser.expect('GET', true);
    return parser;
  };
  const parser = kind === 'request' ? request() : response();
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    parser.execute(bytes, from, cut);
    from = cut;
  }
  parser.finish();
  return transcript;
}

function someCuts(length: number, random: Random): number[] {
  if (random(16) === 0) return Array.from({ length: length - 1 }, (_, at) => at + 1);
  const cuts = Array.from({ length: 1 + random(4) }, () => random(length + 1));
  return cuts.toSorted((a, b) => a - b);
}

/** Throws where a piece-wise parse differs from the whole one, naming the input. */
export function fuzzHttp1(inputs: number, seed: number): FuzzOutcome {
  const random = seeded(seed);
  const outcome: FuzzOutcome = { heads: 0, refused: 0, slowestMs: 0 };
  const requests = [...requestCorpus, ...upgradeCorpus];
  for (let count = 0; count < inputs; count++) {
    const kind = random(3) === 0 ? 'response' : 'request';
    const text = input(kind === 'request' ? requests : responseCorpus, random);
    const bytes = Buffer.from(text, 'latin1');
    const started = performance.now();
    const whole = parse(kind, bytes, []);
    outcome.slowestMs = Math.max(outcome.slowestMs, performance.now() - started);
    if (whole.heads > 0) outcome.heads++;
    if (whole.refused) outcome.refused++;
    const cuts = someCuts(bytes.length, random);
    const pieces = parse(kind, bytes, cuts);
    if (pieces.text !== whole.text) {
      assert.equal(pieces.text, whole.text, `${kind} ${JSON.stringify(text)} cut at ${cuts.join()}`);
    }
  }
  return outcome;
}
