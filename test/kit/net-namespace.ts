// A network namespace of a test's own, with a name that nobody else uses, joined to another one by a cable.
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

export class NetNamespace {
  readonly name: string;
  readonly #children = new Set<ChildProcess>();

  constructor(prefix = 'hdtest') {
    this.name = `${prefix}-${process.pid}-${randomBytes(2).toString('hex')}`;
    ip('netns', 'add', this.name);
    this.ip('link', 'set', 'lo', 'up');
  }

  /** Runs `ip` inside. */
  ip(...args: string[]): void {
    ip('-n', this.name, ...args);
  }

  /** A veth pair: `eth0` here and there, with these addresses in one /24, each the other's default route. */
  connect(other: NetNamespace, address: string, otherAddress: string): void {
    ip('-n', this.name, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', other.name);
    for (const [end, own, peer] of [
      [this, address, otherAddress],
      [other, otherAddress, address],
    ] as const) {
      end.ip('addr', 'add', `${own}/24`, 'dev', 'eth0');
      end.ip('link', 'set', 'eth0', 'up');
      end.ip('route', 'add', 'default', 'via', peer);
    }
  }

  /** Runs a command to its end and gives its output. */
  run(command: readonly string[], input = ''): string {
    const [file, ...args] = this.#inside(command);
    return execFileSync(file!, args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
  }

  /** The same while this process goes on reading what its children write: their output must not block them. */
  async ask(command: readonly string[]): Promise<string> {
    const [file, ...args] = this.#inside(command);
    return (await promisify(execFile)(file!, args, { encoding: 'utf8' })).stdout;
  }

  /** Starts a command that ends with the namespace at the latest. Its standard output and error are pipes. */
  start(command: readonly string[], options: { identity?: Identity; env?: NodeJS.ProcessEnv } = {}): ChildProcess {
    const { identity, env = process.env } = options;
    const user =
      identity === undefined
        ? []
        : ['setpriv', '--reuid', String(identity.uid), '--regid', String(identity.gid), '--clear-groups', '--'];
    const [file, ...args] = this.#inside([...user, ...command]);
    const child = spawn(file!, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  #inside(command: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', this.name, ...command];
  }

  /** Kills what was started here and removes the namespace. */
  close(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const pid of this.pids()) killQuietly(pid);
    ip('netns', 'del', this.name);
  }

  /** Processes inside, as the host counts them. */
  pids(): number[] {
    const text = execFileSync('ip', ['netns', 'pids', this.name], { encoding: 'utf8' });
    return text.split('\n').filter(Boolean).map(Number);
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended by itself meanwhile
  }
}
