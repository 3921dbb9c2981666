// Node's own HTTP/1.1 parser (llhttp, strict) without a server around it, to compare with.
import { createRequire } from 'node:module';

/** One message as it saw it. */
export interface NodeMessage {
  method: string;
  url: string;
  status: number;
  /** Names and values in turns, as sent; trailers behind them. */
  headers: string[];
  body: string;
  complete: boolean;
}

interface RawParser {
  initialize(type: number, resource: object, maxHeaderSize: number, lenient: number): void;
  execute(bytes: Buffer): number | Error;
  finish(): number | Error | undefined;
  [callback: number]: unknown;
}

interface HttpCommon {
  readonly HTTPParser: {
    new (): RawParser;
    readonly REQUEST: number;
    readonly RESPONSE: number;
    readonly kOnHeaders: number;
    readonly kOnHeadersComplete: number;
    readonly kOnBody: number;
    readonly kOnMessageComplete: number;
  };
  readonly methods: readonly string[];
}

const { HTTPParser, methods } = createRequire(import.meta.url)('node:_http_common') as HttpCommon;

export class NodeHttpParser {
  readonly messages: NodeMessage[] = [];
  readonly #parser = new HTTPParser();

  constructor(kind: 'request' | 'response', skipBody = false) {
    const type = kind === 'request' ? HTTPParser.REQUEST : HTTPParser.RESPONSE;
    this.#parser.initialize(type, {}, 0, 0);
    let early: string[] = [];
    let earlyUrl = '';
    // More than 32 headers come in portions, the target with the first; trailers come this way too.
    this.#parser[HTTPParser.kOnHeaders] = (headers: string[], url: string): void => {
      const last = this.messages.at(-1);
      if (last && !last.complete) last.headers.push(...headers);
      else {
        early.push(...headers);
        earlyUrl += url;
      }
    };
    // Its nine parameters are Node's choice.
    this.#parser[HTTPParser.kOnHeadersComplete] = (...values: unknown[]): number => {
      const [, , headers, method, url, status] = values as [
        number,
        number,
        string[] | undefined,
        number,
        string,
        number,
      ];
      this.messages.push({
        method: methods[method] ?? '',
        url: url || earlyUrl,
        status: status ?? 0,
        headers: [...early, ...(headers ?? [])],
        body: '',
        complete: false,
      });
      early = [];
      earlyUrl = '';
      return skipBody ? 1 : 0;
    };
    this.#parser[HTTPParser.kOnBody] = (chunk: Buffer): void => {
      this.messages.at(-1)!.body += chunk.toString('latin1');
    };
    this.#parser[HTTPParser.kOnMessageComplete] = (): void => {
      this.messages.at(-1)!.complete = true;
    };
  }

  /** False: it refused. */
  execute(bytes: Buffer): boolean {
    return !(this.#parser.execute(bytes) instanceof Error);
  }

  finish(): boolean {
    return !(this.#parser.finish() instanceof Error);
  }
}

/** Parses the same bytes again and again with as little around it as Node's own server has: for measurements. */
export function repeatedNodeParse(kind: 'request' | 'response', bytes: Buffer): () => void {
  const parser = new HTTPParser();
  parser.initialize(kind === 'request' ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {}, 0, 0);
  const nothing = (): number => 0;
  parser[HTTPParser.kOnHeaders] = nothing;
  parser[HTTPParser.kOnHeadersComplete] = nothing;
  parser[HTTPParser.kOnBody] = nothing;
  parser[HTTPParser.kOnMessageComplete] = nothing;
  return () => {
    if (parser.execute(bytes) instanceof Error) throw new Error('Node refused it');
  };
}
