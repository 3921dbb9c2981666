// What a decision compared and why it chose, for `explain`. Without a sink nothing is allocated for it.

export interface TraceStep {
  /** The decision: `virtual-host`, `route`, `filter-chain`, `cluster`... */
  readonly decision: string;
  /** What was looked at: a route's name or position, a domain, a cluster. */
  readonly subject: string;
  readonly chosen: boolean;
  /** Why, or why not: `path does not start with /api`. */
  readonly reason: string;
  /** The resource that it comes from, as the control plane wrote it into the metadata. */
  readonly resource?: string;
}

export type TraceSink = (step: TraceStep) => void;
