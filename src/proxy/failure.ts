// Everything that can end a request other than the upstream's own answer: the status, what Envoy writes into the access log, and the
// text that the client gets. The texts are Envoy's to the letter: people grep for them.

/** Why an upstream attempt ended without a whole response: Envoy's stream reset reasons, by its words. */
export type ResetReason =
  | 'connection termination'
  | 'remote connection failure'
  | 'local connection failure'
  | 'connection timeout'
  | 'overflow'
  | 'protocol error'
  | 'remote reset'
  | 'local reset'
  /** Not Envoy's: an exception while an answer was handled. */
  | 'internal error';

export type Failure =
  | 'route-not-found'
  | 'cluster-not-found'
  | 'no-healthy-upstream'
  | 'drop-overload'
  | 'unconditional-drop'
  | 'response-timeout'
  | 'per-try-timeout'
  | 'stream-idle-timeout'
  | 'request-timeout'
  | 'request-header-timeout'
  | 'max-duration'
  | 'fault-abort'
  | 'upgrade-refused'
  | 'http10-refused'
  | 'missing-host'
  | 'absolute-path'
  | 'bad-path'
  | 'underscore'
  | 'request-too-large'
  | 'internal-error';

export interface FailureRow {
  /** `late`: 504 once the whole request is there, else 408. */
  readonly status: number | 'late';
  /** Envoy's short response flag; empty: none. */
  readonly flag: string;
  readonly details: string;
  readonly body: string;
  /** undefined: what the HTTP status stands for. */
  readonly grpcStatus?: number;
}

export const failures: Readonly<Record<Failure, FailureRow>> = {
  'route-not-found': { status: 404, flag: 'NR', details: 'route_not_found', body: '' },
  'cluster-not-found': { status: 503, flag: 'NC', details: 'cluster_not_found', body: '' },
  'no-healthy-upstream': { status: 503, flag: 'UH', details: 'no_healthy_upstream', body: 'no healthy upstream' },
  'drop-overload': { status: 503, flag: 'DO', details: 'drop_overload', body: 'drop overload' },
  'unconditional-drop': {
    status: 503,
    flag: 'UDO',
    details: 'unconditional_drop_overload',
    body: 'unconditional drop overload',
  },
  'response-timeout': { status: 504, flag: 'UT', details: 'response_timeout', body: 'upstream request timeout' },
  'per-try-timeout': {
    status: 504,
    flag: 'UT',
    details: 'upstream_per_try_timeout',
    body: 'upstream request timeout',
  },
  'stream-idle-timeout': { status: 'late', flag: 'SI', details: 'stream_idle_timeout', body: 'stream timeout' },
  'request-timeout': { status: 'late', flag: '', details: 'request_overall_timeout', body: 'request timeout' },
  'request-header-timeout': {
    status: 'late',
    flag: '',
    details: 'request_header_timeout',
    body: 'request header timeout',
  },
  'max-duration': {
    status: 'late',
    flag: '',
    details: 'max_duration_timeout',
    body: 'downstream duration timeout',
    grpcStatus: 4,
  },
  'fault-abort': { status: 503, flag: 'FI', details: 'fault_filter_abort', body: 'fault filter abort' },
  'upgrade-refused': { status: 403, flag: '', details: 'upgrade_failed', body: '' },
  'http10-refused': { status: 426, flag: '', details: 'low_version', body: '' },
  'missing-host': { status: 400, flag: '', details: 'missing_host_header', body: '' },
  'absolute-path': { status: 404, flag: '', details: 'absolute_path_rejected', body: '' },
  'bad-path': { status: 400, flag: '', details: 'path_normalization_failed', body: '' },
  underscore: { status: 400, flag: 'DPE', details: 'http1.unexpected_underscore', body: 'Bad Request' },
  'request-too-large': {
    status: 413,
    flag: '',
    details: 'request_payload_too_large',
    body: 'Payload Too Large',
  },
  /** An exception that nobody expected. */
  'internal-error': { status: 500, flag: '', details: 'internal_error', body: '' },
};

export function statusOf({ status }: FailureRow, hasWholeRequest: boolean): number {
  if (status !== 'late') return status;
  return hasWholeRequest ? 504 : 408;
}

const resetFlags: Readonly<Record<ResetReason, string>> = {
  'connection termination': 'UC',
  'remote connection failure': 'UF',
  'local connection failure': 'UF',
  'connection timeout': 'UF',
  overflow: 'UO',
  'protocol error': 'UPE',
  'remote reset': 'UR',
  'local reset': 'LR',
  'internal error': '',
};

/** An upstream attempt's end as Envoy tells it. `transport` is the cause that the socket gave: it goes into the log, not to the client. */
export function resetFailure(reason: ResetReason, transport: string, attempts: number): FailureRow {
  const retried = attempts > 1 ? 'retried and the latest ' : '';
  return {
    status: reason === 'protocol error' ? 502 : 503,
    flag: resetFlags[reason],
    details: resetDetails('before', reason, transport),
    body: `upstream connect error or disconnect/reset before headers. ${retried}reset reason: ${reason}`,
  };
}

/** Code details of a reset; access logs have no spaces in them. */
export function resetDetails(when: 'before' | 'after', reason: ResetReason, transport: string): string {
  const cause = transport === '' ? '' : `|${transport}`;
  return `upstream_reset_${when}_response_started{${reason}${cause}}`.replaceAll(' ', '_');
}

export function resetFlag(reason: ResetReason): string {
  return resetFlags[reason];
}
