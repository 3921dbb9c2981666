// Texts of configuration as the proxy has texts of the wire: one character per byte.

/** The text's UTF-8 bytes, each as a character. What is ASCII stays as it is. */
export function latin1(text: string): string {
  if (isAscii(text)) return text;
  let out = '';
  for (const byte of new TextEncoder().encode(text)) out += String.fromCharCode(byte);
  return out;
}

/** The way back, for what counts in characters: regular expressions. */
export function fromLatin1(text: string): string {
  if (isAscii(text)) return text;
  return new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0)));
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}
