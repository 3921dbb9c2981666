// One resource type on the client's side of delta ADS: what is wanted, what is held, and what the server has to hear next.
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { DeltaDiscoveryRequestSchema } from '../../proto/gen/envoy/service/discovery/v3/discovery_pb.ts';
import type { Refusals, Update } from './resource-types.ts';

export type DeltaRequest = MessageInitShape<typeof DeltaDiscoveryRequestSchema>;

/** What Envoy says in a NACK. */
const internal = 13;

export class DeltaWatch {
  readonly typeUrl: string;
  readonly #wildcard: boolean;
  #wanted: ReadonlySet<string> = new Set();
  /** Name to version of what has been accepted; it is what a new stream need not send again. */
  readonly #held = new Map<string, string>();

  constructor(typeUrl: string, wildcard: boolean) {
    this.typeUrl = typeUrl;
    this.#wildcard = wildcard;
  }

  /** The first request of this type on a stream; undefined while there is nothing to ask for. */
  opening(): DeltaRequest | undefined {
    if (!this.#wildcard && this.#wanted.size === 0) return undefined;
    return {
      typeUrl: this.typeUrl,
      resourceNamesSubscribe: [...this.#wanted],
      initialResourceVersions: Object.fromEntries(this.#held),
    };
  }

  /** The names that are needed from now on. Gives what has to be sent on an open stream. */
  want(names: ReadonlySet<string>): DeltaRequest | undefined {
    const subscribe = [...names].filter((name) => !this.#wanted.has(name));
    const unsubscribe = [...this.#wanted].filter((name) => !names.has(name));
    this.#wanted = new Set(names);
    for (const name of unsubscribe) this.#held.delete(name);
    if (subscribe.length === 0 && unsubscribe.length === 0) return undefined;
    return { typeUrl: this.typeUrl, resourceNamesSubscribe: subscribe, resourceNamesUnsubscribe: unsubscribe };
  }

  /** Of an update, what is asked for: an answer may cross an unsubscription. */
  wanted(update: Update): Update {
    if (this.#wildcard) return update;
    return {
      resources: update.resources.filter(({ name }) => this.#wanted.has(name)),
      removed: update.removed.filter((name) => this.#wanted.has(name)),
    };
  }

  accepted(update: Update, refusals: Refusals): void {
    for (const { name, version } of update.resources) if (!refusals.has(name)) this.#held.set(name, version);
    for (const name of update.removed) this.#held.delete(name);
  }

  answer(nonce: string, refusals: Refusals): DeltaRequest {
    const request = { typeUrl: this.typeUrl, responseNonce: nonce };
    if (refusals.size === 0) return request;
    const message = [...refusals].map(([name, why]) => `${name}: ${why}`).join('\n');
    return { ...request, errorDetail: { code: internal, message } };
  }
}
