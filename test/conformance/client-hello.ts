// A TLS 1.2 ClientHello with a server name and application protocols: enough for an inspector (RFC 8446 section 4.1.2).

export interface HelloParts {
  readonly sni?: string;
  readonly alpn?: readonly string[];
}

function sized(bytes: Buffer, lengthBytes: 1 | 2 | 3): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(bytes.length, 0, lengthBytes);
  return Buffer.concat([length, bytes]);
}

function extension(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(type);
  return Buffer.concat([head, sized(body, 2)]);
}

export function clientHello({ sni, alpn = [] }: HelloParts): Buffer {
  const extensions: Buffer[] = [];
  if (sni !== undefined) {
    const name = Buffer.concat([Buffer.from([0]), sized(Buffer.from(sni), 2)]);
    extensions.push(extension(0, sized(name, 2)));
  }
  if (alpn.length > 0) {
    const names = Buffer.concat(alpn.map((each) => sized(Buffer.from(each), 1)));
    extensions.push(extension(16, sized(names, 2)));
  }
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    Buffer.from([0]),
    sized(Buffer.from([0x13, 0x01, 0xc0, 0x2f]), 2),
    Buffer.from([1, 0]),
    sized(Buffer.concat(extensions), 2),
  ]);
  const handshake = Buffer.concat([Buffer.from([1]), sized(body, 3)]);
  return Buffer.concat([Buffer.from([22, 3, 1]), sized(handshake, 2)]);
}
