// Which bytes may stand where in a message head: one table per place, looked up once per byte.

export const horizontalTab = 9;
export const lineFeed = 10;
export const carriageReturn = 13;
export const space = 32;
export const colon = 58;

function table(of: (byte: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => of(byte));
}

const tokenMarks = "!#$%&'*+-.^_`|~";

function isToken(byte: number): boolean {
  const char = String.fromCharCode(byte);
  return (char >= '0' && char <= '9') || isLetter(byte) || tokenMarks.includes(char);
}

function isLetter(byte: number): boolean {
  return (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);
}

/** The byte in lower case if it may stand in a token (RFC 9110 section 5.6.2), else 0. */
export const tokenLower = table((byte) => (isToken(byte) ? (byte >= 65 && byte <= 90 ? byte + 32 : byte) : 0));

/** 1: may stand in a field value (RFC 9110 section 5.5): visible, obs-text, space, tab. */
export const valueByte = table((byte) => (byte === horizontalTab || (byte >= space && byte !== 127) ? 1 : 0));

/** 1: may stand in a request target. Envoy lets any visible ASCII pass, so that paths are normalised rather than refused. */
export const targetByte = table((byte) => (byte > space && byte < 127 ? 1 : 0));

/** Value of a hexadecimal digit, else 255. */
export const hexDigit = table((byte) => {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : 255;
});

/** 1: may stand in the host of an authority: RFC 3986 section 3.2.2 without userinfo, brackets for IPv6 apart. */
export const hostByte = table((byte) =>
  isLetter(byte) || (byte >= 48 && byte <= 57) || "-._~!$&'()*+;=%".includes(String.fromCharCode(byte)) ? 1 : 0,
);
