// Which virtual host a request's host belongs to: the exact domain, the longest `*.b`, the longest `a.*`, then `*`.
import type { RouteConfig, VirtualHost } from '../config/route.ts';
import { asciiLower } from '../match/ascii.ts';

/** Wildcards of one length, without their star. */
interface WildcardGroup<T> {
  readonly length: number;
  readonly hosts: ReadonlyMap<string, T>;
}

/** Domains in maps, so that a thousand virtual hosts cost no more than one. `T` is what stands for a virtual host. */
export class VirtualHostTable<T> {
  readonly #exact = new Map<string, T>();
  readonly #suffixes: readonly WildcardGroup<T>[];
  readonly #prefixes: readonly WildcardGroup<T>[];
  readonly #fallback: T | undefined;
  readonly #ignorePort: boolean;
  readonly #onlyFallback: boolean;

  constructor(config: Pick<RouteConfig, 'virtualHosts' | 'ignorePortInHostMatching'>, make: (host: VirtualHost) => T) {
    const suffixes = new Map<number, Map<string, T>>();
    const prefixes = new Map<number, Map<string, T>>();
    let fallback: T | undefined;
    for (const host of config.virtualHosts) {
      const made = make(host);
      for (const written of host.domains) {
        const domain = asciiLower(written);
        if (domain === '*') fallback ??= made;
        else if (domain.startsWith('*')) put(suffixes, domain.slice(1), made);
        else if (domain.endsWith('*')) put(prefixes, domain.slice(0, -1), made);
        else if (!this.#exact.has(domain)) this.#exact.set(domain, made);
      }
    }
    this.#suffixes = longestFirst(suffixes);
    this.#prefixes = longestFirst(prefixes);
    this.#fallback = fallback;
    this.#ignorePort = config.ignorePortInHostMatching;
    this.#onlyFallback = this.#exact.size + this.#suffixes.length + this.#prefixes.length === 0;
  }

  find(authority: string): T | undefined {
    if (this.#onlyFallback) return this.#fallback;
    const host = asciiLower(this.#ignorePort ? withoutPort(authority) : authority);
    return this.#exact.get(host) ?? this.#wildcard(host) ?? this.#fallback;
  }

  /** A star stands for at least one character. */
  #wildcard(host: string): T | undefined {
    for (const { length, hosts } of this.#suffixes) {
      const found = length < host.length ? hosts.get(host.slice(host.length - length)) : undefined;
      if (found !== undefined) return found;
    }
    for (const { length, hosts } of this.#prefixes) {
      const found = length < host.length ? hosts.get(host.slice(0, length)) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function put<T>(groups: Map<number, Map<string, T>>, text: string, value: T): void {
  const group = groups.get(text.length) ?? new Map<string, T>();
  groups.set(text.length, group);
  if (!group.has(text)) group.set(text, value);
}

function longestFirst<T>(groups: Map<number, Map<string, T>>): WildcardGroup<T>[] {
  return [...groups].map(([length, hosts]) => ({ length, hosts })).sort((a, b) => b.length - a.length);
}

/** Where the port's colon is, or -1: brackets of an IPv6 address are not mistaken for one. */
export function portStart(host: string): number {
  const colon = host.lastIndexOf(':');
  if (colon < 0) return -1;
  const bracket = host.lastIndexOf(']');
  return bracket < 0 || bracket < colon ? colon : -1;
}

export function withoutPort(host: string): string {
  const at = portStart(host);
  return at < 0 ? host : host.slice(0, at);
}
