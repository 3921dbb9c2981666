// The last seconds of a proxy: its clients are sent away, and it goes once they have gone or their time is up.
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../lib/mesh-error.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { EnvoyAdmin } from './envoy-admin.ts';

export interface DrainOptions {
  /** A sidecar's application may still have to call out while it ends; a gateway has nobody behind it. */
  readonly scope: 'inbound' | 'all';
  readonly maxMs: number;
  /** Whoever has just looked up our address still connects for a moment. */
  readonly minMs: number;
  readonly pollMs: number;
  readonly log: Logger;
}

/** Never rejects: a proxy that cannot be asked has nothing left to drain. */
export async function drainEnvoy(admin: EnvoyAdmin, options: DrainOptions): Promise<void> {
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  try {
    await admin.drain(options.scope);
    await sleep(Math.min(options.minMs, options.maxMs));
    let active = await admin.activeConnections();
    while (active > 0 && elapsedMs() < options.maxMs) {
      await sleep(options.pollMs);
      active = await admin.activeConnections();
    }
    options.log.info('drained', { ms: Math.round(elapsedMs()), connectionsLeft: active });
  } catch (error) {
    options.log.warn('draining ended early', { error: describeError(error) });
  }
}
