// The network that all pods share: one namespace that routes between them, apart from the host's own rules and settings.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { MeshError } from '../../lib/mesh-error.ts';
import { runCommand } from '../process/run-command.ts';
import { systemTools } from '../process/system-tools.ts';
import { formatAddress, parseAddress } from './address-range.ts';
import { hubAddress } from './hub-address.ts';

const hubMac = 'ee:ee:ee:ee:ee:ee';

/** One pod has one veth pair, routed and not bridged: so the hub's NAT sees both directions of every connection. */
export class HubNetwork {
  readonly #holder: ChildProcess;
  readonly pid: number;

  private constructor(holder: ChildProcess, pid: number) {
    this.#holder = holder;
    this.pid = pid;
  }

  /**
   * Addresses of `serviceRange` that no rule leads elsewhere end in the hub, which refuses them (or answers, as DNS does).
   * The namespace has no name: it goes when its last process goes.
   */
  static async create(serviceRange: string): Promise<HubNetwork> {
    const tools = systemTools();
    const script = [
      'set -e',
      'echo 1 > /proc/sys/net/ipv4/ip_forward',
      // A pod that reaches itself through a service would be told to do so without us.
      'echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects',
      'echo 0 > /proc/sys/net/ipv4/conf/default/send_redirects',
      `${tools.ip} -batch -`,
      'echo ready',
      `exec ${tools.sleep} infinity`,
    ].join('\n');
    const args = ['--pdeathsig', 'KILL', '--', tools.unshare, '--net', '--', tools.sh, '-c', script];
    const holder = spawn(tools.setpriv, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    holder.stdin.end(hubSetup(serviceRange));
    const errors: Buffer[] = [];
    holder.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    const ready = await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit').then(() => undefined)]);
    if (ready === undefined || holder.pid === undefined) {
      const said = Buffer.concat(errors).toString().trim();
      throw new MeshError('hub-network', `cannot make the network namespace for the pods: ${said}`);
    }
    // Else the pipes would keep the supervisor from ending by itself.
    holder.stdout.destroy();
    holder.stderr.destroy();
    holder.unref();
    return new HubNetwork(holder, holder.pid);
  }

  /** Command and arguments that run something in the hub. */
  inside(command: string, ...args: string[]): [string, string[]] {
    return [systemTools().nsenter, ['--target', String(this.pid), '--net', '--', command, ...args]];
  }

  run(input: string, command: string, ...args: string[]): Promise<string> {
    const [program, all] = this.inside(command, ...args);
    return runCommand(program, all, input);
  }

  /** Gives the network namespace of `podPid` its only link and its address. */
  async attach(podPid: number, address: string): Promise<void> {
    const { ip, nsenter } = systemTools();
    await this.run(hubSide(podPid, address), ip, '-batch', '-');
    await runCommand(nsenter, ['--target', String(podPid), '--net', '--', ip, '-batch', '-'], podSide(address));
  }

  /** The kernel removes a dead namespace's link a moment later; nobody should wait for that moment. */
  async detach(address: string): Promise<void> {
    const { ip } = systemTools();
    await this.run(`link del ${linkName(address)}\n`, ip, '-force', '-batch', '-').catch(() => undefined);
  }

  async close(): Promise<void> {
    if (this.#holder.exitCode !== null || this.#holder.signalCode !== null) return;
    this.#holder.ref();
    const gone = once(this.#holder, 'exit');
    this.#holder.kill('SIGKILL');
    await gone;
  }
}

function linkName(address: string): string {
  return `v${(parseAddress(address) ?? 0).toString(16).padStart(8, '0')}`;
}

/** Locally administered and told by the address, so that nobody ever has to ask (ARP) for it. */
function podMac(address: string): string {
  const hex = (parseAddress(address) ?? 0).toString(16).padStart(8, '0');
  return `02:00:${(hex.match(/../g) ?? []).join(':')}`;
}

function hubSetup(serviceRange: string): string {
  return [
    'link set lo up',
    `addr add ${hubAddress}/32 dev lo`,
    `route add local ${serviceRange} dev lo`,
    // Addresses that lead nowhere: a packet to them vanishes, as on a network without them.
    `route add blackhole ${formatAddress(0xf0000000)}/4`,
    'route add unreachable default',
    '',
  ].join('\n');
}

function hubSide(podPid: number, address: string): string {
  const link = linkName(address);
  return [
    `link add ${link} address ${hubMac} type veth peer name eth0 address ${podMac(address)} netns ${podPid}`,
    `link set ${link} addrgenmode none`,
    `link set ${link} up`,
    `neigh replace ${address} lladdr ${podMac(address)} dev ${link} nud permanent`,
    `route add ${address}/32 dev ${link} src ${hubAddress}`,
    '',
  ].join('\n');
}

function podSide(address: string): string {
  return [
    'link set lo up',
    'link set eth0 addrgenmode none',
    'link set eth0 up',
    `addr add ${address}/32 dev eth0`,
    `neigh replace ${hubAddress} lladdr ${hubMac} dev eth0 nud permanent`,
    `route add ${hubAddress} dev eth0 scope link`,
    `route add default via ${hubAddress} dev eth0 src ${address}`,
    '',
  ].join('\n');
}
