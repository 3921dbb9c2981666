// Injected faults: requests that wait, and requests that fail.
import type { HttpFilter } from '../../decide/config/http-filter.ts';
import { decideFault, type FaultDecision } from '../../decide/fault.ts';
import { faultConfig } from '../../decide/route/filter-config.ts';
import { Timer } from '../../lib/timer-wheel.ts';
import { failures } from '../failure.ts';
import type { HttpStream, StreamFilter } from '../http/stream.ts';

type FaultFilterConfig = Extract<HttpFilter, { kind: 'fault' }>;

export class FaultFilter implements StreamFilter {
  readonly config: FaultFilterConfig;
  readonly stats = {
    prefix: 'fault',
    counters: { aborts_injected: 0, delays_injected: 0 },
    gauges: { active_faults: 0 },
  };
  /** Requests that wait or were failed, until they are over; with the timer of those that wait. */
  readonly #active = new Map<HttpStream, Timer | undefined>();

  constructor(config: FaultFilterConfig) {
    this.config = config;
  }

  onRequest(stream: HttpStream): 'continue' | 'stop' {
    const config = faultConfig(this.config, stream.chosen, stream.clusterChoice);
    if (config.delay === undefined && config.abort === undefined) return 'continue';
    const decision = decideFault(config, stream.request, {
      upstreamCluster: stream.clusterChoice?.cluster ?? '',
      activeFaults: this.#active.size,
      random: stream.server.random,
    });
    if (decision.delayMs === 0 && decision.abort === undefined) return 'continue';
    this.#active.set(stream, undefined);
    this.stats.gauges.active_faults += 1;
    if (decision.delayMs > 0) this.#delay(stream, decision);
    else this.#abort(stream, decision);
    return 'stop';
  }

  #delay(stream: HttpStream, decision: FaultDecision): void {
    stream.addFlag('DI');
    this.stats.counters.delays_injected += 1;
    const goOn = (): void => {
      if (decision.abort) this.#abort(stream, decision);
      else stream.continueRequest();
      stream.flush();
    };
    const timer = new Timer(goOn, stream);
    this.#active.set(stream, timer);
    stream.server.timers.start(timer, decision.delayMs);
  }

  #abort(stream: HttpStream, { abort }: FaultDecision): void {
    this.stats.counters.aborts_injected += 1;
    stream.reply(failures['fault-abort'], { status: abort?.status, grpcStatus: abort?.grpcStatus });
  }

  onDone(stream: HttpStream): void {
    if (this.#active.size === 0) return;
    const timer = this.#active.get(stream);
    if (timer) stream.server.timers.stop(timer);
    if (this.#active.delete(stream)) this.stats.gauges.active_faults -= 1;
  }
}
