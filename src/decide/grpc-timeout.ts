// The value of a `grpc-timeout` header (gRPC over HTTP/2, Timeout): at most eight digits and a unit, as in `100m`.

const units: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000_001 };

/** In ms, rounded up; undefined: there is none, or it is malformed. */
export function grpcTimeoutMs(text: string | undefined): number | undefined {
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(text ?? '') ?? [];
  return digits === undefined || unit === undefined ? undefined : Math.ceil(Number(digits) * units[unit]!);
}

/** In the finest unit, from milliseconds up, that holds it. */
export function grpcTimeoutText(ms: number): string {
  if (ms < 100_000_000) return `${ms}m`;
  if (ms / 1000 < 100_000_000) return `${Math.floor(ms / 1000)}S`;
  return `${Math.min(99_999_999, Math.floor(ms / 60_000))}M`;
}
