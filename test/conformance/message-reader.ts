// Cuts a stream of bytes into HTTP/1.1 messages and forgives much: it records what a proxy sent, it does not judge it.

export interface WireMessage {
  readonly start: string;
  /** As they came. */
  readonly headers: (readonly [name: string, value: string])[];
  body: Buffer;
  readonly trailers: (readonly [name: string, value: string])[];
  complete: boolean;
}

type State = 'head' | 'length' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'until-close' | 'raw';

export interface ReaderOptions {
  readonly of: 'request' | 'response';
  /** Of the next final response's request; a HEAD has no body in its response. */
  readonly nextMethod?: () => string | undefined;
  readonly onHead?: (message: WireMessage) => void;
  readonly onMessage?: (message: WireMessage) => void;
}

export class MessageReader {
  readonly messages: WireMessage[] = [];
  /** What came after an upgrade, or could not be read. */
  rest = Buffer.alloc(0);
  readonly #options: ReaderOptions;
  #buffer: Buffer = Buffer.alloc(0);
  #state: State = 'head';
  #left = 0;
  #pieces: Buffer[] = [];
  #upgradeAsked = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  get #current(): WireMessage {
    return this.messages.at(-1)!;
  }

  push(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    while (this.#buffer.length > 0 && this.#step());
  }

  /** The other side said that no more comes. */
  finish(): void {
    if (this.#state === 'until-close') this.#end();
    else if (this.#state === 'length' || this.#state === 'chunk') this.#current.body = Buffer.concat(this.#pieces);
    else if (this.#state === 'head' && this.#buffer.length > 0) this.rest = Buffer.concat([this.rest, this.#buffer]);
    this.#buffer = Buffer.alloc(0);
  }

  /** False when more bytes are needed. */
  #step(): boolean {
    switch (this.#state) {
      case 'head':
        return this.#head();
      case 'length':
      case 'chunk':
      case 'until-close':
        return this.#data();
      case 'chunk-size':
        return this.#line((line) => {
          this.#left = Number.parseInt(line, 16);
          this.#state = this.#left === 0 ? 'trailers' : 'chunk';
        });
      case 'chunk-end':
        return this.#line(() => (this.#state = 'chunk-size'));
      case 'trailers':
        return this.#line((line) => {
          if (line === '') this.#end();
          else this.#current.trailers.push(field(line));
        });
      case 'raw':
        this.rest = Buffer.concat([this.rest, this.#buffer]);
        this.#buffer = Buffer.alloc(0);
        return false;
    }
  }

  #line(take: (line: string) => void): boolean {
    const end = this.#buffer.indexOf('\r\n');
    if (end < 0) return false;
    const line = this.#buffer.toString('latin1', 0, end);
    this.#buffer = this.#buffer.subarray(end + 2);
    take(line);
    return true;
  }

  #data(): boolean {
    const wanted = this.#state === 'until-close' ? this.#buffer.length : Math.min(this.#left, this.#buffer.length);
    this.#pieces.push(this.#buffer.subarray(0, wanted));
    this.#buffer = this.#buffer.subarray(wanted);
    this.#left -= wanted;
    if (this.#state === 'until-close' || this.#left > 0) return false;
    if (this.#state === 'chunk') this.#state = 'chunk-end';
    else this.#end();
    return true;
  }

  #head(): boolean {
    const end = this.#buffer.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const [start = '', ...lines] = this.#buffer.toString('latin1', 0, end).split('\r\n');
    this.#buffer = this.#buffer.subarray(end + 4);
    const found: WireMessage = {
      start,
      headers: lines.map(field),
      body: Buffer.alloc(0),
      trailers: [],
      complete: false,
    };
    this.messages.push(found);
    this.#pieces = [];
    this.#options.onHead?.(found);
    this.#frame(found);
    return true;
  }

  #frame(message: WireMessage): void {
    const value = (name: string): string | undefined =>
      message.headers.find(([each]) => each.toLowerCase() === name)?.[1];
    const response = this.#options.of === 'response';
    const status = response ? Number(message.start.split(' ')[1]) : 0;
    const method = response && status >= 200 ? this.#options.nextMethod?.() : undefined;
    if (!response) this.#upgradeAsked = value('upgrade') !== undefined;
    const tunnel = status === 101 || (method === 'CONNECT' && status < 300);
    const bodiless = response && (status < 200 || status === 204 || status === 304 || method === 'HEAD');
    if (tunnel || bodiless) this.#end(tunnel ? 'raw' : 'head');
    else if (value('transfer-encoding')?.toLowerCase().includes('chunked') === true) this.#state = 'chunk-size';
    else if (value('content-length') !== undefined) {
      this.#left = Number(value('content-length'));
      this.#state = 'length';
      if (this.#left === 0) this.#end();
    } else if (response) this.#state = 'until-close';
    else this.#end(this.#upgradeAsked || message.start.startsWith('CONNECT ') ? 'raw' : 'head');
  }

  #end(next: State = 'head'): void {
    const message = this.#current;
    message.body = Buffer.concat(this.#pieces);
    message.complete = true;
    this.#pieces = [];
    this.#state = next;
    this.#options.onMessage?.(message);
  }
}

function field(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+/, '')];
}
