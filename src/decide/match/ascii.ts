// Lower case as Envoy has it: A to Z alone. Bytes above 127 (latin1 characters here) stay as they are.

export function asciiLower(text: string): string {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 65 && code <= 90) return lowerFrom(text);
    if (code > 127) return lowerFrom(text);
  }
  return text;
}

function lowerFrom(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** An unsigned or signed decimal integer as absl::SimpleAtoi takes it: blanks around it are allowed, nothing else. */
export function decimalInteger(text: string): number | undefined {
  const trimmed = text.trim();
  return /^[+-]?\d+$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** The same, but without a minus. */
export function unsignedInteger(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = decimalInteger(text);
  return value === undefined || value < 0 ? undefined : value;
}
