// Reads a downward API file: a pod's labels or annotations, one `key="value"` a line, values quoted as Go does it.

export function parsePodInfo(text: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals > 0) pairs[line.slice(0, equals)] = unquote(line.slice(equals + 1).trim());
  }
  return pairs;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\u0007', b: '\b', f: '\f', v: '\v' };

/** Go's strconv.Quote: the C escapes, \xHH, \uHHHH and \UHHHHHHHH. */
function unquote(quoted: string): string {
  const inner = quoted.startsWith('"') && quoted.endsWith('"') ? quoted.slice(1, -1) : quoted;
  return inner.replaceAll(/\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(.))/g, (_all, x, u, U, char) => {
    const code: string | undefined = x ?? u ?? U;
    return code === undefined ? (escapes[char] ?? char) : String.fromCodePoint(Number.parseInt(code, 16));
  });
}
