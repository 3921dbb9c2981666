// What may be written into a head: the last guard against a value that would end a line early.

/** CR, LF and NUL become spaces; everything else stays. Nearly always the very string that came in. */
export function safeValue(value: string): string {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code <= 13 && (code === 13 || code === 10 || code === 0)) return replaceUnsafe(value);
  }
  return value;
}

function replaceUnsafe(value: string): string {
  let result = '';
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    result += code === 13 || code === 10 || code === 0 ? ' ' : value[at]!;
  }
  return result;
}
