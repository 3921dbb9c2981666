// Fields of Kubernetes' own kinds that exist but say nothing to a mesh: known by name, whatever is in them.
import { freeForm, type Schema } from '../../schema.ts';

/** `tolerated('nodeName schedulerName')` gives a free-form field for each word. */
export function tolerated(names: string): Record<never, Schema> {
  return Object.fromEntries(names.split(/\s+/).map((name) => [name, freeForm()]));
}
