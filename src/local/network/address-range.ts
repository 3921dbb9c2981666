// IPv4 ranges of the local mesh: parsing, overlap, and handing out addresses one by one.
import { MeshError } from '../../lib/mesh-error.ts';

export interface AddressRange {
  /** As given: `10.244.0.0/16`. */
  readonly text: string;
  readonly first: number;
  readonly last: number;
}

export function parseAddress(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const bytes = match.slice(1).map(Number);
  if (bytes.some((byte) => byte > 255)) return undefined;
  return bytes.reduce((address, byte) => address * 256 + byte, 0);
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** `10.0.0.0/8` or a single address. Throws MeshError `bad-range`. */
export function parseRange(text: string): AddressRange {
  const [base = '', bits = '32'] = text.split('/');
  const address = parseAddress(base);
  const length = Number(bits);
  if (address === undefined || !/^\d+$/.test(bits) || length > 32) {
    throw new MeshError('bad-range', `${JSON.stringify(text)} is no IPv4 range; write one like 10.244.0.0/16`);
  }
  const size = 2 ** (32 - length);
  const first = Math.floor(address / size) * size;
  return { text, first, last: first + size - 1 };
}

export function overlaps(a: AddressRange, b: AddressRange): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** Hands out addresses in order and comes back to a freed one as late as it can, so that old connections find nobody. */
export class AddressPool {
  readonly #range: AddressRange;
  readonly #used = new Set<number>();
  #next: number;

  constructor(range: AddressRange) {
    this.#range = range;
    this.#next = range.first + 1;
  }

  take(): string {
    const size = this.#range.last - this.#range.first - 1;
    for (let tries = 0; tries < size; tries += 1) {
      const address = this.#next;
      this.#next = address + 1 >= this.#range.last ? this.#range.first + 1 : address + 1;
      if (this.#used.has(address)) continue;
      this.#used.add(address);
      return formatAddress(address);
    }
    throw new MeshError('no-address', `all addresses of ${this.#range.text} are taken; give more with --pod-cidr`);
  }

  release(address: string): void {
    this.#used.delete(parseAddress(address) ?? -1);
  }
}
