// Just enough HTTP/1.1 to tell messages on a connection apart: heads, and bodies by their length. For tests on loopback.

export interface HttpMessage {
  /** The first line. */
  readonly start: string;
  /** As they came, names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** Cuts a stream of bytes into messages. `hasBody` says which of them have one, by their number. */
export class HttpMessages {
  readonly #hasBody: (index: number) => boolean;
  #text = '';
  #count = 0;

  constructor(hasBody: (index: number) => boolean = () => true) {
    this.#hasBody = hasBody;
  }

  push(chunk: Buffer): HttpMessage[] {
    this.#text += chunk.toString('latin1');
    const messages: HttpMessage[] = [];
    let from = 0;
    for (;;) {
      const end = this.#text.indexOf('\r\n\r\n', from);
      if (end < 0) break;
      const [start = '', ...lines] = this.#text.slice(from, end).split('\r\n');
      const headers = lines.map(parseHeader);
      const length = this.#hasBody(this.#count) ? bodyLength(headers) : 0;
      const bodyEnd = end + 4 + length;
      if (this.#text.length < bodyEnd) break;
      messages.push({ start, headers, body: this.#text.slice(end + 4, bodyEnd) });
      this.#count += 1;
      from = bodyEnd;
    }
    this.#text = this.#text.slice(from);
    return messages;
  }
}

function parseHeader(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function bodyLength(headers: HttpMessage['headers']): number {
  const found = headers.find(([name]) => name === 'content-length');
  if (headers.some(([name]) => name === 'transfer-encoding')) throw new Error('chunked messages are not read here');
  return found === undefined ? 0 : Number(found[1]);
}
