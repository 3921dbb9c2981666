// What stands for a host on a hash ring: the endpoint's own `hash_key` (metadata `envoy.lb`), else its host name or address.
import type { BalanceHost } from './balance-host.ts';

export function hashKey({ endpoint, key }: BalanceHost, useHostname: boolean): string {
  const own = endpoint.metadata?.['envoy.lb']?.['hash_key'];
  if (typeof own === 'string' && own !== '') return own;
  return useHostname ? endpoint.hostname : key;
}
