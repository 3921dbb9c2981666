// Waits for a connection's first bytes until it is clear what they are, as the listener's filters ask for.
import type { ListenerConfig, ListenerFilter, PortPredicate } from '../../decide/config/listener.ts';
import type { Downstream } from './downstream.ts';
import { inspectHttp } from './http-inspector.ts';
import type { ByteSink } from './raw-socket.ts';
import { inspectTls } from './tls-inspector.ts';

export interface Inspected {
  readonly transportProtocol: string;
  readonly serverName: string;
  readonly applicationProtocols: readonly string[];
}

export const notInspected: Inspected = {
  transportProtocol: 'raw_buffer',
  serverName: '',
  applicationProtocols: [],
};

type Inspector = Exclude<ListenerFilter['kind'], 'original-dst'>;

/** The inspectors that a listener has for connections to this port, in their order. */
export function inspectorsFor({ listenerFilters }: ListenerConfig, port: number): readonly Inspector[] {
  return listenerFilters.flatMap(({ kind, disabledWhen }) =>
    kind === 'original-dst' || (disabledWhen !== undefined && holds(disabledWhen, port)) ? [] : [kind],
  );
}

function holds(predicate: PortPredicate, port: number): boolean {
  switch (predicate.kind) {
    case 'any':
      return true;
    case 'port-range':
      return port >= predicate.start && port < predicate.end;
    case 'not':
      return !holds(predicate.rule, port);
    case 'and':
      return predicate.rules.every((rule) => holds(rule, port));
    case 'or':
      return predicate.rules.some((rule) => holds(rule, port));
  }
}

export interface InspectionOptions {
  readonly inspectors: readonly Inspector[];
  /** 0: none. */
  readonly timeoutMs: number;
  readonly continueOnTimeout: boolean;
  /** Undefined: the connection is gone, or took too long to be kept. */
  readonly done: (inspected: Inspected | undefined, isLate: boolean) => void;
}

const maxBytes = 64 << 10;
/** Past this Node's timers fire at once. */
const maxTimeoutMs = 2 ** 31 - 1;

/** Reads from the connection until all inspectors know enough, or the time is up. */
export class Inspection implements ByteSink {
  readonly #connection: Downstream;
  readonly #options: InspectionOptions;
  readonly #timer: NodeJS.Timeout | undefined;
  #bytes: Buffer | undefined;
  #done = false;
  #isLate = false;

  constructor(connection: Downstream, options: InspectionOptions) {
    this.#connection = connection;
    this.#options = options;
    const { timeoutMs, continueOnTimeout } = options;
    const waitMs = Math.min(timeoutMs, maxTimeoutMs);
    if (waitMs > 0) this.#timer = setTimeout(() => this.#onTimeout(continueOnTimeout), waitMs);
    connection.sink = this;
    connection.start();
  }

  #onTimeout(goOn: boolean): void {
    this.#isLate = true;
    try {
      this.#finish(goOn);
    } catch (error) {
      this.#connection.fail(error);
    }
  }

  onData(buffer: Buffer, length: number): void {
    const chunk = Buffer.from(buffer.subarray(0, length));
    this.#bytes = this.#bytes === undefined ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (this.#bytes.length >= maxBytes || inspect(this.#bytes, this.#options.inspectors) !== undefined) {
      this.#finish(true);
    }
  }

  /** As with Envoy, whoever leaves before it is clear what they want reaches nobody. */
  onEnd(): void {
    this.#finish(false);
  }

  onDrain(): void {}

  onClose(): void {
    this.#finish(false);
  }

  #finish(goOn: boolean): void {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#timer);
    const bytes = this.#bytes;
    if (!goOn) return this.#options.done(undefined, this.#isLate);
    this.#connection.stopReading();
    // It goes to whoever gets the connection.
    this.#connection.keep(bytes);
    const seen = bytes === undefined ? undefined : inspect(bytes, this.#options.inspectors);
    this.#options.done(seen ?? notInspected, this.#isLate);
  }
}

/** Undefined while more bytes are needed. */
function inspect(bytes: Buffer, inspectors: readonly Inspector[]): Inspected | undefined {
  let found = notInspected;
  for (const inspector of inspectors) {
    if (inspector === 'tls-inspector') {
      const tls = inspectTls(bytes);
      if (tls.is === 'more') return undefined;
      if (tls.is === 'tls') return { ...found, ...tls, transportProtocol: 'tls' };
    } else {
      const http = inspectHttp(bytes);
      if (http === 'more') return undefined;
      if (http !== 'not-http') found = { ...found, applicationProtocols: [http] };
    }
  }
  return found;
}
