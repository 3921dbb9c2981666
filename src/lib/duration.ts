// Durations as Go writes them: `1h2m3.5s`, `250ms`. Istio's resources use no other form.

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds (fractions kept), or undefined when the text is no duration. Source: Go's time.ParseDuration. */
export function parseDuration(text: string): number | undefined {
  const [, sign, rest] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  if (rest === undefined || rest === '') return undefined;
  if (rest === '0') return 0;
  let total = 0;
  let end = 0;
  for (const part of rest.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/gy)) {
    total += Number(part[1]) * (unitMs[part[2] ?? ''] ?? Number.NaN);
    end = part.index + part[0].length;
  }
  if (end !== rest.length) return undefined;
  return sign === '-' ? -total : total;
}
