// The resource that a part of the configuration comes from, as the control plane wrote it into its metadata.
import type { Metadata } from './config/value.ts';

/** Istio's path to the resource, or Heddle's reference with the rule's path, which says more. */
export function resourceOf(metadata: Metadata): string | undefined {
  return text(metadata['heddle']?.['rule']) ?? text(metadata['istio']?.['config']);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
