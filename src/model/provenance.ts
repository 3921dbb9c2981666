// Where a piece of the model comes from: a stable reference, never a line number or a resource version (law 5).

/** The resource that a model object was lowered from. Kind without its version: `VirtualService`, `Service`. */
export interface ResourceRef {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface Provenance {
  readonly resource: ResourceRef;
  /** Field path of the rule within the resource, such as `spec.http[0]`; empty for the whole resource. */
  readonly path: string;
}

/** What decides between resources that claim the same thing: older first, then by name, then by namespace. */
export interface Age {
  /** Creation time in ms since the epoch, at the API server's one-second resolution; 0 when the source has none. */
  readonly createdAtMs: number;
}
