// What the agent asks of the proxy that it stands beside, whichever it is: a real Envoy, or the one in this process.

export interface WorkloadProxy {
  start(): Promise<void>;
  /** Empty when it serves, else the reason why not, in words for a person. */
  notReady(): Promise<string>;
  /** Prometheus text. */
  metrics(): Promise<string>;
  /** Sends its clients elsewhere, until they have gone or the time is up. Never rejects. */
  drain(maxMs: number): Promise<void>;
  stop(): Promise<void>;
}
