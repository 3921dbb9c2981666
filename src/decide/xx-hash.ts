// xxHash64 of a latin1 string, a byte per character: what Envoy hashes requests and endpoints with.
// 64-bit numbers as BigInt: it is run once per request and only where a hash policy asks for it.

const mask = 0xffff_ffff_ffff_ffffn;
const prime1 = 0x9e37_79b1_85eb_ca87n;
const prime2 = 0xc2b2_ae3d_27d4_eb4fn;
const prime3 = 0x1656_67b1_9e37_79f9n;
const prime4 = 0x85eb_ca77_c2b2_ae63n;
const prime5 = 0x27d4_eb2f_1656_67c5n;

export function xxHash64(text: string, seed = 0n): bigint {
  const { length } = text;
  let at = 0;
  let hash: bigint;
  if (length >= 32) {
    const lanes = [(seed + prime1 + prime2) & mask, (seed + prime2) & mask, seed & mask, (seed - prime1) & mask];
    for (; at + 32 <= length; at += 32) {
      for (let lane = 0; lane < 4; lane++) lanes[lane] = round(lanes[lane]!, word64(text, at + lane * 8));
    }
    hash = (rotate(lanes[0]!, 1n) + rotate(lanes[1]!, 7n) + rotate(lanes[2]!, 12n) + rotate(lanes[3]!, 18n)) & mask;
    for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * prime1 + prime4) & mask;
  } else {
    hash = (seed + prime5) & mask;
  }
  hash = (hash + BigInt(length)) & mask;
  return avalanche(tail(hash, text, at));
}

function tail(start: bigint, text: string, from: number): bigint {
  let hash = start;
  let at = from;
  for (; at + 8 <= text.length; at += 8) {
    hash = (rotate(hash ^ round(0n, word64(text, at)), 27n) * prime1 + prime4) & mask;
  }
  if (at + 4 <= text.length) {
    hash = (rotate(hash ^ ((BigInt(word32(text, at)) * prime1) & mask), 23n) * prime2 + prime3) & mask;
    at += 4;
  }
  for (; at < text.length; at++) {
    hash = (rotate(hash ^ ((BigInt(text.charCodeAt(at) & 255) * prime5) & mask), 11n) * prime1) & mask;
  }
  return hash;
}

function avalanche(start: bigint): bigint {
  let hash = start;
  hash = ((hash ^ (hash >> 33n)) * prime2) & mask;
  hash = ((hash ^ (hash >> 29n)) * prime3) & mask;
  return hash ^ (hash >> 32n);
}

function round(accumulator: bigint, input: bigint): bigint {
  return (rotate((accumulator + input * prime2) & mask, 31n) * prime1) & mask;
}

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & mask;
}

function word64(text: string, at: number): bigint {
  return (BigInt(word32(text, at + 4)) << 32n) | BigInt(word32(text, at));
}

function word32(text: string, at: number): number {
  return (
    ((text.charCodeAt(at) & 255) |
      ((text.charCodeAt(at + 1) & 255) << 8) |
      ((text.charCodeAt(at + 2) & 255) << 16) |
      ((text.charCodeAt(at + 3) & 255) << 24)) >>>
    0
  );
}
