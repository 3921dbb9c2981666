// The names that the mesh knows, as Istio's agent offers them to applications: with short forms, wildcards and search
// domains. Whatever is not found here is some other resolver's business.
import { isIP } from 'node:net';

/** One entry of Istio's NameTable, by host name. */
export interface NamedHost {
  readonly ips: readonly string[];
  readonly registry: string;
  readonly shortname: string;
  readonly namespace: string;
}

export interface LookupOptions {
  /** Namespace of the workload: its services go by their short names alone. */
  readonly namespace: string;
  /** `svc.cluster.local` */
  readonly domain: string;
  /** Search domains of the workload's resolver, which its queries arrive with. */
  readonly search: readonly string[];
}

export interface FoundHost {
  readonly v4: readonly string[];
  readonly v6: readonly string[];
  /** Set when the query had a search domain behind a name that we know: the name without it. */
  readonly canonicalName?: string;
}

interface Addresses {
  readonly v4: readonly string[];
  readonly v6: readonly string[];
}

/** Immutable; a new name table makes a new one. */
export class LookupTable {
  readonly #hosts = new Map<string, Addresses>();
  readonly #search: readonly string[];

  constructor(hosts: Iterable<readonly [string, NamedHost]>, options: LookupOptions) {
    this.#search = options.search.map((domain) => `.${plain(domain)}`);
    for (const [host, entry] of hosts) {
      const addresses = byFamily(entry.ips);
      if (addresses.v4.length + addresses.v6.length === 0) continue;
      for (const name of namesOf(plain(host), entry, options)) this.#hosts.set(name, addresses);
    }
  }

  get size(): number {
    return this.#hosts.size;
  }

  /** `name` is in lower case, without its final dot. */
  find(name: string): FoundHost | undefined {
    const exact = this.#hosts.get(name);
    if (exact !== undefined) return exact;
    for (const base of this.#withoutSearch(name)) {
      const addresses = this.#hosts.get(base);
      if (addresses !== undefined) return { ...addresses, canonicalName: base };
    }
    for (const base of this.#withoutSearch(name)) {
      const addresses = this.#wildcard(base);
      if (addresses !== undefined) return { ...addresses, canonicalName: base };
    }
    return this.#wildcard(name);
  }

  #withoutSearch(name: string): string[] {
    const matching = this.#search.filter((domain) => name.length > domain.length && name.endsWith(domain));
    return matching.map((domain) => name.slice(0, -domain.length));
  }

  /** The most specific of `*.b.c`, `*.c` for `a.b.c`. */
  #wildcard(name: string): Addresses | undefined {
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
      const addresses = this.#hosts.get(`*${name.slice(dot)}`);
      if (addresses !== undefined) return addresses;
    }
    return undefined;
  }
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function byFamily(ips: readonly string[]): Addresses {
  return { v4: ips.filter((ip) => isIP(ip) === 4), v6: ips.filter((ip) => isIP(ip) === 6) };
}

/** A Kubernetes service of our own domain also goes by `name.namespace` and `name.namespace.svc`. */
function namesOf(host: string, entry: NamedHost, options: LookupOptions): string[] {
  const domain = plain(options.domain);
  if (entry.registry !== 'Kubernetes' || domain === '' || !host.endsWith(`.${domain}`)) return [host];
  const short = plain(entry.shortname);
  const qualified = `${short}.${entry.namespace}`;
  const names = [host, qualified, `${qualified}.${domain.split('.')[0]}`];
  return entry.namespace === options.namespace ? [...names, short] : names;
}
