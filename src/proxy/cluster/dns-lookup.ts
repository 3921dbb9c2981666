// Addresses of a name, from the hosts file and the pod's own resolvers, with how long they may be kept.
import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { DnsSettings } from '../../decide/config/cluster.ts';

export interface Resolved {
  /** None: the name exists no more. */
  readonly addresses: readonly string[];
  /** The shortest of all; undefined where nobody told. */
  readonly ttlMs: number | undefined;
}

export type DnsLookup = (name: string, family: DnsSettings['lookupFamily']) => Promise<Resolved>;

/** The answer of a server that knows: there is no such name, or it has no address. */
const absence = new Set(['ENOTFOUND', 'ENODATA']);

const timeoutMs = 5000;

/** Rejects when no server answers. */
export function systemLookup(): DnsLookup {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
  return async (name, family) => {
    if (isIP(name) !== 0) return { addresses: [name], ttlMs: undefined };
    const known = (await readHosts()).get(name.toLowerCase());
    if (known !== undefined) return { addresses: known, ttlMs: undefined };
    // Only a short name is looked for in the search domains, which the resolver does not do.
    if (!name.includes('.')) return lookupShort(name);
    const v4 = () => query(() => resolver.resolve4(name, { ttl: true }));
    const v6 = () => query(() => resolver.resolve6(name, { ttl: true }));
    switch (family) {
      case 'v4-only':
        return v4();
      case 'v6-only':
        return v6();
      case 'v4-preferred':
        return firstWithAddresses(v4, v6);
      case 'auto':
        return firstWithAddresses(v6, v4);
      case 'all':
        return joined(await Promise.all([v4(), v6()]));
    }
  };
}

async function query(ask: () => Promise<readonly { address: string; ttl: number }[]>): Promise<Resolved> {
  try {
    const records = await ask();
    return {
      addresses: records.map(({ address }) => address),
      ttlMs: Math.min(...records.map(({ ttl }) => ttl)) * 1000,
    };
  } catch (error) {
    if (absence.has((error as NodeJS.ErrnoException).code ?? '')) return { addresses: [], ttlMs: undefined };
    throw error;
  }
}

async function firstWithAddresses(first: () => Promise<Resolved>, second: () => Promise<Resolved>): Promise<Resolved> {
  const found = await first();
  return found.addresses.length > 0 ? found : second();
}

function joined(parts: readonly Resolved[]): Resolved {
  const ttls = parts.flatMap(({ ttlMs }) => ttlMs ?? []);
  return {
    addresses: parts.flatMap(({ addresses }) => addresses),
    ttlMs: ttls.length === 0 ? undefined : Math.min(...ttls),
  };
}

async function lookupShort(name: string): Promise<Resolved> {
  try {
    const found = await lookup(name, { all: true, verbatim: true });
    return { addresses: [...new Set(found.map(({ address }) => address))], ttlMs: undefined };
  } catch (error) {
    if (absence.has((error as NodeJS.ErrnoException).code ?? '')) return { addresses: [], ttlMs: undefined };
    throw error;
  }
}

async function readHosts(): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  const text = await readFile('/etc/hosts', 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      found.set(key, [...(found.get(key) ?? []), address]);
    }
  }
  return found;
}
