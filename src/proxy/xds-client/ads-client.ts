// Delta ADS over one stream for all types: opens it again with growing pauses, tells what is held already, and answers each
// response when its receiver says so.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Backoff } from '../../lib/backoff.ts';
import { GrpcStream } from '../../lib/grpc-stream.ts';
import { describeError } from '../../lib/mesh-error.ts';
import {
  type DeltaDiscoveryResponse,
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
} from '../../proto/gen/envoy/service/discovery/v3/discovery_pb.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { reportMishap } from '../mishaps.ts';
import { type DeltaRequest, DeltaWatch } from './delta-watch.ts';
import { type Refusals, type ResourceKind, resourceKinds, typeUrls, type Update } from './resource-types.ts';

const method = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';

export interface NodeIdentity {
  readonly id: string;
  readonly cluster: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface AdsClientOptions {
  /** `unix:/path` or `host:port`. */
  readonly address: string;
  readonly node: NodeIdentity;
  readonly log: Logger;
  /** `answer` acknowledges, or refuses in part; until it is called the control plane waits. */
  readonly onUpdate: (kind: ResourceKind, update: Update, answer: (refusals: Refusals) => void) => void;
  readonly onConnected?: (connected: boolean) => void;
  readonly backoff?: Backoff;
}

export class AdsClient {
  readonly #options: AdsClientOptions;
  readonly #backoff: Backoff;
  readonly #watches: Readonly<Record<ResourceKind, DeltaWatch>>;
  /** Types that have been asked for on this stream. */
  readonly #opened = new Set<ResourceKind>();
  readonly #started = new Set<ResourceKind>();
  #stream: GrpcStream | undefined;
  #isFirstRequest = true;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: AdsClientOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? new Backoff({ firstMs: 100, maxMs: 2000 });
    const watch = (kind: ResourceKind) => new DeltaWatch(typeUrls[kind], kind === 'cluster' || kind === 'listener');
    this.#watches = {
      cluster: watch('cluster'),
      endpoint: watch('endpoint'),
      listener: watch('listener'),
      route: watch('route'),
    };
  }

  connect(): void {
    const stream: GrpcStream = new GrpcStream({
      address: this.#options.address,
      method,
      onMessage: (bytes) => this.#onMessage(bytes),
      onEnd: (why) => this.#onEnd(why),
    });
    this.#stream = stream;
    this.#isFirstRequest = true;
    this.#opened.clear();
    for (const kind of resourceKinds) if (this.#started.has(kind)) this.#open(kind);
  }

  /** Asks for everything of a wildcard type, or for what `want` has named. */
  start(kind: ResourceKind): void {
    if (this.#started.has(kind)) return;
    this.#started.add(kind);
    if (this.#stream !== undefined) this.#open(kind);
  }

  #open(kind: ResourceKind): void {
    const request = this.#watches[kind].opening();
    if (request === undefined) return;
    this.#opened.add(kind);
    this.#send(request);
  }

  /** Names of a type that is not asked for as a whole. */
  want(kind: ResourceKind, names: ReadonlySet<string>): void {
    const change = this.#watches[kind].want(names);
    if (change === undefined || this.#stream === undefined || !this.#started.has(kind)) return;
    if (this.#opened.has(kind)) this.#send(change);
    else this.#open(kind);
  }

  /** What came from elsewhere than the stream, and need not be sent. */
  hold(kind: ResourceKind, update: Update, refusals: Refusals): void {
    this.#watches[kind].accepted(update, refusals);
  }

  #send(request: DeltaRequest): void {
    const { id, cluster, metadata } = this.#options.node;
    const node = { id, cluster, locality: {}, metadata: toStruct(metadata), userAgentName: 'heddle' };
    const message: object = this.#isFirstRequest ? { ...request, node } : request;
    this.#isFirstRequest = false;
    this.#stream?.write(toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, message)));
  }

  #onMessage(bytes: Buffer): void {
    this.#backoff.reset();
    let response: DeltaDiscoveryResponse;
    try {
      response = fromBinary(DeltaDiscoveryResponseSchema, bytes);
    } catch (error) {
      // Without its nonce there is no way to refuse it.
      this.#options.log.error('a response cannot be read', { error: describeError(error) });
      return;
    }
    const kind = resourceKinds.find((each) => typeUrls[each] === response.typeUrl);
    if (kind === undefined) return;
    this.#options.onConnected?.(true);
    const watch = this.#watches[kind];
    const update = watch.wanted(readUpdate(response));
    const stream = this.#stream;
    this.#options.onUpdate(kind, update, (refusals) => {
      watch.accepted(update, refusals);
      for (const [name, why] of refusals) this.#options.log.warn('resource refused', { kind, name, why });
      if (stream === this.#stream) this.#send(watch.answer(response.nonce, refusals));
    });
  }

  #onEnd(why: string): void {
    this.#stream = undefined;
    this.#options.onConnected?.(false);
    const waitMs = this.#backoff.nextMs();
    this.#options.log.info('stream ended, will be opened again', { why, waitMs });
    this.#retry = setTimeout(() => this.#connectAgain(), waitMs);
  }

  #connectAgain(): void {
    try {
      this.connect();
    } catch (error) {
      reportMishap(error);
      this.#beginAnew();
    }
  }

  /** Where what was said on the stream cannot be gone on with. */
  reopen(): void {
    if (this.#stream !== undefined) this.#beginAnew();
  }

  #beginAnew(): void {
    this.#stream?.close();
    this.#onEnd('closed to begin anew');
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#stream?.close();
    this.#stream = undefined;
  }
}

function readUpdate({ resources, removedResources }: DeltaDiscoveryResponse): Update {
  return {
    resources: resources.map(({ name, version, resource }) => ({
      name,
      version,
      // A copy: a view would keep the whole response in memory for as long as one resource of it is in force.
      bytes: new Uint8Array(resource?.value ?? []),
    })),
    removed: removedResources,
  };
}

/** Plain JSON of what may hold more than JSON can: undefined fields disappear. */
function toStruct(metadata: Readonly<Record<string, unknown>>): Record<string, never> {
  return JSON.parse(JSON.stringify(metadata)) as Record<string, never>;
}
