// Envoy's command line. No hot restart: no base id that could clash, and no shared memory left behind by a kill -9.
import type { AgentSettings } from './agent-settings.ts';

/** Istio's columns, so that its log reads like the agent's, which it goes into. */
const logFormat = '%Y-%m-%dT%T.%fZ\t%l\tenvoy %n %g:%#\t%v\tthread=%t';

export function envoyArguments(settings: AgentSettings, bootstrapFile: string): string[] {
  const { concurrency = 2 } = settings.proxyConfig;
  return [
    ['--config-path', bootstrapFile],
    ['--disable-hot-restart'],
    ['--local-address-ip-version', 'v4'],
    // 0 stands for one worker a core, which is what Envoy does unasked.
    concurrency > 0 ? ['--concurrency', String(concurrency)] : [],
    ['--drain-time-s', String(Math.ceil(settings.drainMs / 1000))],
    ['--drain-strategy', 'immediate'],
    // Envoy would keep access log lines back for up to ten seconds.
    ['--file-flush-interval-msec', '200'],
    ['--log-level', settings.logLevel],
    ['--component-log-level', 'misc:error'],
    ['--log-format', logFormat],
  ].flat();
}
