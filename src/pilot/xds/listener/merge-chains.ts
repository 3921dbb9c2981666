// Puts filter chains together so that no connection would match two of them: Envoy refuses a listener where one could.
import type { ChainMatch, FilterChain } from './listener-slice.ts';

/**
 * Adds chains to those of a listener. What a connection would match in two of them belongs to the first: the second loses those
 * names, or else those ranges, or goes.
 */
export function mergeChains(known: readonly FilterChain[], added: readonly FilterChain[]): FilterChain[] {
  const merged: FilterChain[] = [...known];
  const claimed = new Set(known.flatMap(({ match }) => claims(match)));
  for (const chain of added) {
    const match = unclaimed(chain.match, claimed);
    if (match === undefined) continue;
    for (const claim of claims(match)) claimed.add(claim);
    merged.push({ ...chain, match });
  }
  return merged;
}

function unclaimed(match: ChainMatch, claimed: ReadonlySet<string>): ChainMatch | undefined {
  const isFree = (part: Partial<ChainMatch>): boolean =>
    claims({ ...match, ...part }).every((claim) => !claimed.has(claim));
  if (isFree({})) return match;
  const serverNames = match.serverNames.filter((name) => isFree({ serverNames: [name] }));
  if (serverNames.length > 0) return { ...match, serverNames };
  const prefixRanges = match.prefixRanges.filter((range) => isFree({ prefixRanges: [range] }));
  return prefixRanges.length > 0 ? { ...match, prefixRanges } : undefined;
}

/** Envoy looks each criterion up on its own: one claim for every combination of their values. */
function claims(match: ChainMatch): string[] {
  const { destinationPort = 0, transportProtocol } = match;
  return orAny(match.prefixRanges).flatMap((range) =>
    orAny(match.serverNames).flatMap((name) =>
      orAny(match.applicationProtocols).map((protocol) =>
        [destinationPort, range, name, transportProtocol, protocol].join(' '),
      ),
    ),
  );
}

const orAny = (values: readonly string[]): readonly string[] => (values.length === 0 ? ['*'] : values);
