// Envoy's admin endpoint, asked over loopback: is it live, how many connections are open, drain, quit.
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError, MeshError } from '../lib/mesh-error.ts';

export interface EnvoyStatus {
  /** Has its first configuration and serves. */
  readonly live: boolean;
  /** Why not, in words for a person; empty when live. */
  readonly reason: string;
}

const statusStats =
  '^(listener_manager\\.(workers_started|lds\\.update_(success|rejected))|cluster_manager\\.cds\\.update_(success|rejected))$';
const connectionStats = 'downstream_cx_active$';

export class EnvoyAdmin {
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  /** Never rejects for want of an answer: an Envoy that cannot be asked is not live. */
  async status(): Promise<EnvoyStatus> {
    try {
      const [stats] = await Promise.all([this.#stats(statusStats), this.#send('GET', '/ready')]);
      return judge(stats);
    } catch (error) {
      return { live: false, reason: describeError(error) };
    }
  }

  /** Connections that clients hold open to any listener but our own metrics one. */
  async activeConnections(): Promise<number> {
    const stats = await this.#stats(connectionStats);
    let sum = 0;
    for (const [name, value] of stats) {
      if (/^listener\.(?!admin)(?!.*\.worker_\d)(?!.*_15090\.)/.test(name)) sum += value;
    }
    return sum;
  }

  /** Tells clients to go elsewhere, and goes on serving those that do not. */
  async drain(scope: 'inbound' | 'all'): Promise<void> {
    await this.#send('POST', `/drain_listeners?graceful${scope === 'inbound' ? '&inboundonly' : ''}`);
  }

  async quit(): Promise<void> {
    await this.#send('POST', '/quitquitquit');
  }

  /** Waits until nobody listens on the admin port any more, or the time is up. */
  async gone(maxMs: number): Promise<void> {
    const until = performance.now() + maxMs;
    while (performance.now() < until) {
      const answers = await this.#send('GET', '/ready').then(
        () => true,
        (error: NodeJS.ErrnoException) => error.code !== 'ECONNREFUSED',
      );
      if (!answers) return;
      await sleep(20);
    }
  }

  metrics(): Promise<string> {
    return this.#send('GET', '/stats/prometheus', 5000);
  }

  async #stats(filter: string): Promise<Map<string, number>> {
    const text = await this.#send('GET', `/stats?filter=${encodeURIComponent(filter)}`);
    const lines = text.split('\n').map((line) => line.split(': '));
    return new Map(lines.map(([name = '', value = '']) => [name, Number(value)]));
  }

  #send(method: 'GET' | 'POST', path: string, timeoutMs = 1000): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.#port, method, path, agent: false, timeout: timeoutMs };
      const sent = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) resolve(text);
          else reject(new MeshError('envoy-admin', `${method} ${path}: ${response.statusCode} ${text.trim()}`));
        });
      });
      sent.once('timeout', () => sent.destroy(new MeshError('envoy-admin', `${method} ${path}: no answer`)));
      sent.once('error', reject);
      sent.end();
    });
  }
}

function judge(stats: ReadonlyMap<string, number>): EnvoyStatus {
  const value = (name: string) => stats.get(name) ?? 0;
  const problems: string[] = [];
  for (const type of ['cluster_manager.cds', 'listener_manager.lds']) {
    if (value(`${type}.update_success`) > 0) continue;
    const refused = value(`${type}.update_rejected`) > 0;
    problems.push(`${type} ${refused ? 'was refused' : 'has not been received'}`);
  }
  if (value('listener_manager.workers_started') === 0) problems.push('workers have not started');
  return { live: problems.length === 0, reason: problems.join(', ') };
}
