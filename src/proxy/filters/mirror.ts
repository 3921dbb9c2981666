// Mirrored requests: a copy goes to another cluster, and whatever becomes of it, the client does not notice.
import type { ForwardAction } from '../../decide/config/route-action.ts';
import type { RequestView } from '../../decide/request-view.ts';
import { chooseMirrors, mirroredHost } from '../../decide/route/choose-mirrors.ts';
import { Timer } from '../../lib/timer-wheel.ts';
import { countAnswer } from '../../telemetry/metrics/cluster-stats.ts';
import type { ClusterHandle } from '../cluster/cluster.ts';
import { ownAddress } from '../http/client-address.ts';
import { requestHeadText } from '../http/head-text.ts';
import type { RequestBody } from '../http/request-body.ts';
import type { HttpStream } from '../http/stream.ts';
import { Attempt, type AttemptEvents } from './attempt.ts';

/** Those that want the request once it is whole; until then its body has to be kept. */
export function startMirrors(stream: HttpStream, action: ForwardAction): readonly Shadow[] {
  const mirrors = chooseMirrors(stream.chosen!, action, stream.request, stream.randomValue);
  if (mirrors.length === 0) return none;
  const shadows: Shadow[] = [];
  for (const { cluster: name, policy } of mirrors) {
    const cluster = stream.server.clusters.get(name);
    if (!cluster) continue;
    const headers = stream.request.headers.clone();
    headers.set('x-envoy-internal', 'true');
    const clients = headers.joined('x-forwarded-for');
    headers.set('x-forwarded-for', clients === undefined ? ownAddress() : `${clients},${ownAddress()}`);
    const { method, path, scheme } = stream.request;
    const authority = mirroredHost(stream.request.authority, policy);
    shadows.push(new Shadow(stream, cluster, { method, path, scheme, authority, headers }, action));
  }
  return shadows;
}

const none: readonly Shadow[] = Object.freeze([]);

export class Shadow implements AttemptEvents {
  readonly #stream: HttpStream;
  readonly #cluster: ClusterHandle;
  readonly #request: RequestView;
  readonly #action: ForwardAction;
  #body: Pick<RequestBody, 'chunks' | 'chunked' | 'contentLength' | 'trailers' | 'tunnel'> | undefined;
  #attempt: Attempt | undefined;
  #timer: Timer | undefined;

  constructor(stream: HttpStream, cluster: ClusterHandle, request: RequestView, action: ForwardAction) {
    this.#stream = stream;
    this.#cluster = cluster;
    this.#request = request;
    this.#action = action;
  }

  /** The request is whole. */
  send(body: RequestBody): void {
    const { server } = this.#stream;
    const host = this.#cluster.pick({ hash: undefined, originalDestination: undefined });
    if (!host) return;
    const { chunks, chunked, contentLength, trailers, tunnel } = body;
    this.#body = { chunks: chunks.slice(), chunked, contentLength, trailers, tunnel };
    const { priority, timeoutMs } = this.#action;
    const target = { cluster: this.#cluster, host, priority, method: this.#request.method, upgrade: false };
    this.#attempt = new Attempt(target, this);
    if (timeoutMs > 0) {
      this.#timer = new Timer(() => this.#attempt?.cancel());
      server.timers.start(this.#timer, timeoutMs);
    }
    this.#attempt.start();
  }

  onAttemptReady(attempt: Attempt): void {
    const body = this.#body!;
    attempt.sendHead(requestHeadText(this.#request, body), body.chunked);
    for (const chunk of body.chunks) attempt.sendBody(chunk, true);
    attempt.sendEnd(body.trailers);
  }

  onAttemptHead({ status }: { readonly status: number }): void {
    countAnswer(this.#cluster.stats, status, true, undefined);
  }

  onAttemptEnd(): void {
    this.#stopTimer();
  }

  onAttemptReset(): void {
    this.#stopTimer();
  }

  #stopTimer(): void {
    if (this.#timer) this.#stream.server.timers.stop(this.#timer);
  }

  onAttemptInformational(): void {}
  onAttemptBody(): void {}
  onAttemptDrain(): void {}
  onAttemptMishap(): void {}
}
