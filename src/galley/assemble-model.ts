// Puts the parts of all resources together into one model, touching only the sections in which something changed.
import { isDeepStrictEqual } from 'node:util';
import type { MeshModel } from '../model/mesh-model.ts';
import type { MeshSettings } from '../model/mesh-settings.ts';
import type { Provenance } from '../model/provenance.ts';
import { joinEndpoints } from './join-endpoints.ts';
import type { ModelPart } from './kinds/kind.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export type Section = keyof ModelPart;

const orderedSections = [
  'services',
  'routeTables',
  'destinationPolicies',
  'gateways',
  'sidecarScopes',
] as const satisfies readonly Section[];

const endpointSections: readonly Section[] = ['services', 'endpoints', 'endpointSlices', 'workloads'];

export function sectionsOf(part: ModelPart | undefined): Section[] {
  return Object.keys(part ?? {}) as Section[];
}

/**
 * The next model, or `previous` itself if nothing in it changed. `dirty` names the sections of the parts that came, went or
 * changed since.
 */
export function assembleModel(
  parts: readonly ModelPart[],
  settings: MeshSettings,
  dirty: ReadonlySet<Section>,
  previous: MeshModel,
): MeshModel {
  const next: Writable<MeshModel> = { ...previous };
  if (!isDeepStrictEqual(settings, previous.settings)) next.settings = settings;
  if (dirty.has('namespace')) next.namespaces = namespacesOf(parts, previous.namespaces);
  for (const section of orderedSections) {
    if (dirty.has(section)) Object.assign(next, { [section]: sorted(parts, section, previous[section]) });
  }
  if (dirty.has('workloads')) {
    const workloads = parts.flatMap((part) => part.workloads ?? []);
    next.workloads = sameItems(workloads.sort(byName), previous.workloads);
  }
  if (endpointSections.some((section) => dirty.has(section))) {
    next.endpoints = joinEndpoints(
      {
        services: next.services,
        workloads: next.workloads,
        slices: parts.flatMap((part) => part.endpointSlices ?? []),
        inline: parts.flatMap((part) => part.endpoints ?? []),
      },
      previous.endpoints,
    );
  }
  const changed = Object.entries(next).some(([name, value]) => value !== previous[name as keyof MeshModel]);
  if (!changed) return previous;
  next.generation = previous.generation + 1;
  return next;
}

interface Ordered extends Named {
  readonly createdAtMs: number;
  readonly provenance: Provenance;
}

/**
 * Istio's precedence: oldest first, then by name, then by namespace. The kind comes last, so that the order never depends on
 * which resource was heard of first; within one resource the order stays.
 */
function byAge(a: Ordered, b: Ordered): number {
  return a.createdAtMs - b.createdAtMs || byName(a, b) || byKind(a, b);
}

function byKind(a: Ordered, b: Ordered): number {
  const [kindA, kindB] = [a.provenance.resource.kind, b.provenance.resource.kind];
  if (kindA === kindB) return 0;
  return kindA < kindB ? -1 : 1;
}

interface Named {
  readonly name: string;
  readonly namespace: string;
}

function byName(a: Named, b: Named): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  return 0;
}

function sorted<S extends (typeof orderedSections)[number]>(
  parts: readonly ModelPart[],
  section: S,
  previous: MeshModel[S],
): readonly Ordered[] {
  const items = parts.flatMap((part): readonly Ordered[] => part[section] ?? []);
  return sameItems(items.sort(byAge), previous);
}

function sameItems<T>(items: readonly T[], previous: readonly T[]): readonly T[] {
  const same = items.length === previous.length && items.every((item, index) => item === previous[index]);
  return same ? previous : items;
}

function namespacesOf(parts: readonly ModelPart[], previous: MeshModel['namespaces']): MeshModel['namespaces'] {
  const found = parts.flatMap(({ namespace }) => (namespace === undefined ? [] : [namespace])).sort(byNameOnly);
  const next = new Map(found.map(({ name, labels }) => [name, labels]));
  return isDeepStrictEqual(next, previous) ? previous : next;
}

const byNameOnly = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

/** What `next` has in common with `previous` keeps its identity, so that whoever caches by identity is not misled. */
export function keepIdentity(previous: ModelPart | undefined, next: ModelPart): ModelPart {
  if (previous === undefined) return next;
  if (isDeepStrictEqual(previous, next)) return previous;
  const kept = Object.entries(next).map(([section, value]) => {
    const before: unknown = previous[section as Section];
    if (isDeepStrictEqual(before, value)) return [section, before];
    if (!Array.isArray(value) || !Array.isArray(before)) return [section, value];
    return [section, value.map((item: unknown) => before.find((old: unknown) => isDeepStrictEqual(old, item)) ?? item)];
  });
  return Object.fromEntries(kept) as ModelPart;
}
