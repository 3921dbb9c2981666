// Which names of one type a client wants: all until it names some (legacy), `*`, or a list of names.
import { type EncodedResource, typeUrls } from '../proxy-resources.ts';

/** All resources of one type that one proxy is to have, by name. */
export type Target = ReadonlyMap<string, EncodedResource>;

/** Types whose empty first list never meant "all": these are asked for by name only. */
const namedOnly: ReadonlySet<string> = new Set([
  typeUrls.endpoint,
  typeUrls.route,
  'type.googleapis.com/envoy.config.route.v3.ScopedRouteConfiguration',
  'type.googleapis.com/envoy.config.route.v3.VirtualHost',
  'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
  'type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig',
]);

export const wildcardName = '*';

/** Envoy's xDS protocol page, "How the client specifies what resources to return". */
export class Interest {
  readonly #legacyWildcard: boolean;
  #wildcard = false;
  #names: Set<string> = new Set();
  #named = false;
  #started = false;

  constructor(typeUrl: string) {
    this.#legacyWildcard = !namedOnly.has(typeUrl);
  }

  get wildcard(): boolean {
    return this.#wildcard;
  }

  /** In state of the world, leaving a resource out of such a type's response removes it (listeners, clusters). */
  get fullState(): boolean {
    return this.#legacyWildcard;
  }

  get empty(): boolean {
    return !this.#wildcard && this.#names.size === 0;
  }

  get names(): ReadonlySet<string> {
    return this.#names;
  }

  covers(name: string): boolean {
    return this.#wildcard || this.#names.has(name);
  }

  /** State of the world: the list is all that the client wants. Returns the names that are new; `*` counts as one. */
  replace(list: readonly string[]): string[] {
    const wildcard = list.includes(wildcardName) || (list.length === 0 && this.#legacyWildcard && !this.#named);
    const names = new Set(list.filter((name) => name !== wildcardName));
    const added = [...names].filter((name) => !this.#names.has(name));
    if (wildcard && !this.#wildcard) added.push(wildcardName);
    this.#named ||= list.length > 0;
    this.#wildcard = wildcard;
    this.#names = names;
    return added;
  }

  /** Delta. The first empty list on a stream means all, and stays so until `*` is unsubscribed. */
  subscribe(list: readonly string[]): void {
    if (list.includes(wildcardName) || (!this.#started && list.length === 0 && this.#legacyWildcard)) {
      this.#wildcard = true;
    }
    this.#started = true;
    for (const name of list) if (name !== wildcardName) this.#names.add(name);
  }

  unsubscribe(list: readonly string[]): void {
    for (const name of list) {
      if (name === wildcardName) this.#wildcard = false;
      else this.#names.delete(name);
    }
  }

  /** The part of the target that the client wants. */
  select(target: Target): Target {
    if (this.#wildcard) return target;
    const selected = new Map<string, EncodedResource>();
    for (const name of this.#names) {
      const resource = target.get(name);
      if (resource) selected.set(name, resource);
    }
    return selected;
  }
}
