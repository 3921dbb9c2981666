// Reads a TLS ClientHello (RFC 8446 section 4.1.2) without answering it: the server name and the protocols that it offers.

export type TlsInspection =
  | { readonly is: 'more' }
  | { readonly is: 'not-tls' }
  | { readonly is: 'tls'; readonly serverName: string; readonly applicationProtocols: readonly string[] };

const handshakeRecord = 22;
const clientHello = 1;
const recordHeader = 5;
const maxHelloBytes = 16 << 10;
const serverNameExtension = 0;
const alpnExtension = 16;

export function inspectTls(bytes: Buffer): TlsInspection {
  if (bytes[0] !== handshakeRecord || (bytes.length > 1 && bytes[1] !== 3)) return { is: 'not-tls' };
  const hello = gatherHello(bytes);
  if (hello === 'more' || hello === 'not-tls') return { is: hello };
  try {
    return { is: 'tls', ...readHello(new Cursor(hello)) };
  } catch {
    // Cut short within itself: no client that could be served.
    return { is: 'not-tls' };
  }
}

/** The handshake message, which may be spread over several records. */
function gatherHello(bytes: Buffer): Buffer | 'more' | 'not-tls' {
  const parts: Buffer[] = [];
  let gathered = 0;
  let at = 0;
  while (at + recordHeader <= bytes.length) {
    if (bytes[at] !== handshakeRecord) return 'not-tls';
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > maxHelloBytes) return 'not-tls';
    const part = bytes.subarray(at + recordHeader, at + recordHeader + length);
    parts.push(part);
    gathered += part.length;
    at += recordHeader + length;
    if (gathered < 4) continue;
    const message = parts.length === 1 ? part : Buffer.concat(parts);
    const wanted = 4 + message.readUIntBE(1, 3);
    if (message[0] !== clientHello || wanted > maxHelloBytes) return 'not-tls';
    if (gathered >= wanted) return message.subarray(4, wanted);
  }
  return 'more';
}

class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Throws a RangeError past the end. */
  number(size: 1 | 2): number {
    const value = this.#bytes.readUIntBE(this.#at, size);
    this.#at += size;
    return value;
  }

  bytes(size: number): Buffer {
    if (size > this.left) throw new RangeError('past the end');
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }
}

function readHello(hello: Cursor): { serverName: string; applicationProtocols: readonly string[] } {
  hello.bytes(2 + 32);
  hello.bytes(hello.number(1));
  hello.bytes(hello.number(2));
  hello.bytes(hello.number(1));
  let serverName = '';
  let applicationProtocols: readonly string[] = [];
  const extensions = new Cursor(hello.left === 0 ? Buffer.alloc(0) : hello.bytes(hello.number(2)));
  while (extensions.left > 0) {
    const type = extensions.number(2);
    const body = new Cursor(extensions.bytes(extensions.number(2)));
    if (type === serverNameExtension) serverName = readServerName(body);
    if (type === alpnExtension) applicationProtocols = readAlpn(body);
  }
  return { serverName, applicationProtocols };
}

function readServerName(body: Cursor): string {
  const names = new Cursor(body.bytes(body.number(2)));
  while (names.left > 0) {
    const type = names.number(1);
    const name = names.bytes(names.number(2));
    if (type === 0) return name.toString('latin1').toLowerCase();
  }
  return '';
}

function readAlpn(body: Cursor): string[] {
  const names = new Cursor(body.bytes(body.number(2)));
  const found: string[] = [];
  while (names.left > 0) found.push(names.bytes(names.number(1)).toString('latin1'));
  return found;
}
