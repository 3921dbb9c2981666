// Host and port as they may stand in a Host header or in a request target: RFC 9110 section 7.2, RFC 3986 section 3.2, without userinfo.
import { hexDigit, hostByte } from './byte-class.ts';

/** Empty is valid: RFC 9112 section 3.2 lets a target without authority have an empty Host. */
export function isAuthority(text: string): boolean {
  if (text.charCodeAt(0) === 91) return isBracketed(text);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 58) return at > 0 && isPort(text, at + 1);
    if (hostByte[code] !== 1) return false;
  }
  return true;
}

/** `[` address `]` and a port, if any. */
function isBracketed(text: string): boolean {
  const close = text.indexOf(']');
  if (close < 3) return false;
  for (let at = 1; at < close; at++) {
    const code = text.charCodeAt(at);
    if (hexDigit[code] === 255 && code !== 58 && code !== 46) return false;
  }
  if (close === text.length - 1) return true;
  return text.charCodeAt(close + 1) === 58 && isPort(text, close + 2);
}

/** The rest of the text is a port number; an empty one is allowed (RFC 3986 section 3.2.3). */
function isPort(text: string, start: number): boolean {
  let port = 0;
  for (let at = start; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return false;
    port = port * 10 + digit;
    if (port > 65535) return false;
  }
  return true;
}

/** As `isAuthority`, with a port that is told: what CONNECT needs. */
export function hasPort(text: string): boolean {
  const at = text.lastIndexOf(':');
  return at > 0 && at < text.length - 1 && text.charCodeAt(text.length - 1) !== 93;
}
