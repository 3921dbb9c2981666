// Reads /etc/resolv.conf: the resolvers behind us, and the search domains that queries arrive with (resolv.conf(5)).
import { isIP } from 'node:net';

export interface ResolverConfig {
  /** Addresses, in the order in which they are to be asked; port 53. */
  readonly servers: readonly string[];
  readonly search: readonly string[];
}

/** Unknown lines are ignored, as resolvers do; the last `search` or `domain` line counts. */
export function parseResolvConf(text: string): ResolverConfig {
  const servers: string[] = [];
  let search: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && isIP(values[0]?.split('%')[0] ?? '') !== 0) servers.push(values[0]!);
    if (keyword === 'search' || keyword === 'domain') search = values.filter((value) => value !== '.');
  }
  return { servers, search };
}
