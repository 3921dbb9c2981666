// The supervisor's side of the helper in the hub: starts it, starts it again when it dies, and speaks with it.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { MeshError } from '../../lib/mesh-error.ts';
import { systemTools } from '../process/system-tools.ts';
import type { DnsZone } from './dns-zone.ts';
import { askHostResolvers } from './host-resolver.ts';
import type { FromHub, NetworkProbe, ProbeOutcome, Target, ToHub } from './hub-messages.ts';
import type { HubNetwork } from './hub-network.ts';

const program = fileURLToPath(new URL('../hub/hub-helper.ts', import.meta.url));
const restartDelayMs = 200;

/** Opens the host's listening socket. Called again when the helper, and with it the socket, is gone. */
export type OpenPublished = () => Promise<Server>;

export interface HubHelperOptions {
  readonly hub: HubNetwork;
  readonly dnsAddress: string;
  readonly log: (line: string) => void;
}

export class HubHelperProcess {
  readonly #options: HubHelperOptions;
  readonly #probes = new Map<number, (outcome: ProbeOutcome) => void>();
  readonly #published = new Map<string, { open: OpenPublished; targets: readonly Target[] }>();
  #child: ChildProcess | undefined;
  #zone: DnsZone | undefined;
  #probeCount = 0;
  #closed = false;

  constructor(options: HubHelperOptions) {
    this.#options = options;
  }

  /** Resolves once DNS answers. */
  async start(): Promise<void> {
    const { hub, dnsAddress } = this.#options;
    const { setpriv } = systemTools();
    const [nsenter, args] = hub.inside(setpriv, '--pdeathsig', 'KILL', '--', process.execPath);
    // `fork`, so that the channel to it can carry sockets.
    const child = fork(program, [], {
      execPath: nsenter,
      execArgv: args,
      serialization: 'advanced',
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    child.stderr?.on('data', (chunk: Buffer) => this.#options.log(chunk.toString().trimEnd()));
    const ready = new Promise<void>((resolve, reject) => {
      child.on('message', (message: FromHub) => (message.type === 'ready' ? resolve() : this.#hear(message)));
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        reject(new MeshError('hub-helper', `the helper in the hub namespace ended with ${code ?? signal}`));
        this.#ended();
      });
    });
    this.#send({ type: 'start-dns', address: dnsAddress });
    if (this.#zone !== undefined) this.#send({ type: 'zone', zone: this.#zone });
    await ready;
    for (const name of this.#published.keys()) await this.#handOver(name);
  }

  setZone(zone: DnsZone): void {
    this.#zone = zone;
    this.#send({ type: 'zone', zone });
  }

  async publish(name: string, open: OpenPublished): Promise<void> {
    this.#published.set(name, { open, targets: [] });
    await this.#handOver(name);
  }

  setTargets(name: string, targets: readonly Target[]): void {
    const published = this.#published.get(name);
    if (published === undefined) return;
    published.targets = targets;
    this.#send({ type: 'targets', name, targets });
  }

  probe(probe: NetworkProbe, timeoutMs: number): Promise<ProbeOutcome> {
    const id = (this.#probeCount += 1);
    return new Promise((resolve) => {
      const timer = setTimeout(() => finish({ ok: false, message: 'the probe got no answer' }), timeoutMs + 1_000);
      const finish = (outcome: ProbeOutcome): void => {
        clearTimeout(timer);
        this.#probes.delete(id);
        resolve(outcome);
      };
      this.#probes.set(id, finish);
      this.#send({ type: 'probe', id, probe, timeoutMs });
    });
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  #hear(message: FromHub): void {
    if (message.type === 'probed') this.#probes.get(message.id)?.({ ok: message.ok, message: message.message });
    if (message.type === 'forward') {
      void askHostResolvers(message.query).then((answer) => this.#send({ type: 'forwarded', id: message.id, answer }));
    }
  }

  #send(message: ToHub, handle?: Server): void {
    // A send to a dying helper fails; its successor gets the zone and the targets anew.
    if (this.#child?.connected === true) this.#child.send(message, handle, {}, () => undefined);
  }

  async #handOver(name: string): Promise<void> {
    const published = this.#published.get(name);
    if (published === undefined) return;
    const server = await published.open();
    this.#send({ type: 'publish', name }, server);
    this.#send({ type: 'targets', name, targets: published.targets });
    // The helper's copy goes on listening; ours would take every other connection.
    server.close();
  }

  #ended(): void {
    if (this.#closed) return;
    this.#options.log('the helper in the hub namespace ended; starting it again');
    setTimeout(() => {
      if (this.#closed) return;
      this.start().catch((error: unknown) => this.#options.log(String(error)));
    }, restartDelayMs);
  }
}
