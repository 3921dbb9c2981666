// Endpoints of a cluster: those of its port that carry the subset's labels, by locality.
import type { Endpoint } from '../../../model/service.ts';
import { labelsInclude } from '../../../lib/labels.ts';
import type { AssignmentSlice, LocalityEndpoints } from './assignment-slice.ts';

/** Localities in the order of their names, so that the registry's order does not show. */
export function assign(
  name: string,
  endpoints: readonly Endpoint[],
  labels: Readonly<Record<string, string>>,
): AssignmentSlice {
  const byLocality = new Map<string, LocalityEndpoints>();
  for (const { address, port, weight, locality, labels: own } of endpoints) {
    if (!labelsInclude(own, labels)) continue;
    const { region, zone, subZone } = locality;
    const key = `${region}/${zone}/${subZone}`;
    const known = byLocality.get(key)?.endpoints ?? [];
    const added = { address, port, weight: Math.max(1, weight) };
    byLocality.set(key, { locality: { region, zone, subZone }, endpoints: [...known, added] });
  }
  const sorted = [...byLocality].sort(([a], [b]) => (a < b ? -1 : 1));
  return { name, localities: sorted.map(([, group]) => group) };
}
