// The state folder of one local mesh: where everything lies, who may read it, and that only one supervisor uses it.
import { chmodSync, chownSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import { MeshError } from '../../lib/mesh-error.ts';
import { isAlive } from '../process/process-identity.ts';
import type { ProcessIdentity } from '../process/process-identity.ts';

/** What a running supervisor tells other commands: `supervisor.json`. */
export interface SupervisorRecord extends ProcessIdentity {
  readonly startedAt: string;
  readonly apiPort: number;
  /** Network namespace of the hub, control plane, helper: what has to be gone when the supervisor is. */
  readonly children: readonly ProcessIdentity[];
  readonly publish: readonly string[];
}

/** unix(7): `sun_path` has 108 bytes with its final zero. */
const longestSocketPath = 107;

export function defaultStateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env['XDG_STATE_HOME'] ?? join(homeOfInvokingUser(env), '.local/state');
  return join(base, 'heddle');
}

/** Under sudo the folder is still the caller's own, so that `heddle get` without sudo finds it. */
function homeOfInvokingUser(env: NodeJS.ProcessEnv): string {
  const uid = env['SUDO_UID'];
  const line = uid === undefined ? undefined : passwd().find((fields) => fields[2] === uid);
  return line?.[5] ?? env['HOME'] ?? '/root';
}

function passwd(): string[][] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
}

/**
 * Without symbolic links, also where the last folders are not there yet: pods mount at these paths below a root of their
 * own, where a link (`/home` is one on some systems) leads back to the host's.
 */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    if (dirname(path) === path) throw cause;
    return join(realPath(dirname(path)), basename(path));
  }
}

export class StateFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = realPath(resolve(path));
  }

  get kubeconfig(): string {
    return join(this.path, 'kubeconfig');
  }
  get database(): string {
    return join(this.path, 'api.db');
  }
  get controlSocket(): string {
    return join(this.path, 'control.sock');
  }
  /** Bound into every pod at /run/heddle. */
  get run(): string {
    return join(this.path, 'run');
  }
  get xdsSocket(): string {
    return join(this.run, 'xds.sock');
  }
  get logs(): string {
    return join(this.path, 'logs');
  }
  get claims(): string {
    return join(this.path, 'claims');
  }
  /** An empty folder: every pod mounts its own file system over it, out of sight of everybody else. */
  get mountPoint(): string {
    return join(this.path, 'mnt');
  }
  /** Per pod: its configuration volumes and `pod.json`. Gone with the pods. */
  get pods(): string {
    return join(this.path, 'pods');
  }
  get applied(): string {
    return join(this.path, 'applied.json');
  }

  /** Creates the folders. All but `run` are closed to others; a folder that an invoking user owns stays theirs. */
  prepare(owner: { readonly uid: number; readonly gid: number }): void {
    if (Buffer.byteLength(this.xdsSocket) > longestSocketPath) {
      throw new MeshError(
        'state-path',
        `${this.path} is too long for the sockets in it; give a shorter one with --state`,
      );
    }
    const first = mkdirSync(this.path, { recursive: true });
    // Folders on the way that were made here are the invoking user's, like those in it.
    for (let made = this.path; first !== undefined && made.startsWith(first); made = dirname(made)) {
      chownSync(made, owner.uid, owner.gid);
    }
    for (const folder of [this.path, this.logs, this.claims, this.pods, this.mountPoint, this.run]) {
      mkdirSync(folder, { recursive: true });
      chownSync(folder, owner.uid, owner.gid);
      chmodSync(folder, folder === this.run ? 0o755 : 0o700);
    }
    for (const folder of ['bin', 'images']) mkdirSync(join(this.run, folder), { recursive: true });
  }

  podFolder(namespace: string, name: string): string {
    return join(this.pods, `${namespace}_${name}`);
  }

  logFile(namespace: string, pod: string, container: string): string {
    return join(this.logs, `${namespace}_${pod}`, `${container}.log`);
  }

  writeRecord(record: SupervisorRecord, owner: { readonly uid: number; readonly gid: number }): void {
    const file = join(this.path, 'supervisor.json');
    writeFileSync(file, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
    chownSync(file, owner.uid, owner.gid);
  }

  removeRecord(): void {
    rmSync(join(this.path, 'supervisor.json'), { force: true });
  }

  /** What the last supervisor wrote, whether it still runs or not. */
  readRecord(): SupervisorRecord | undefined {
    try {
      return JSON.parse(readFileSync(join(this.path, 'supervisor.json'), 'utf8')) as SupervisorRecord;
    } catch {
      // No supervisor has run here yet, or none since a clean end.
      return undefined;
    }
  }

  /** The record of a supervisor that runs right now. */
  running(): SupervisorRecord | undefined {
    const record = this.readRecord();
    return record !== undefined && isAlive(record) ? record : undefined;
  }

  /**
   * Holds the folder until the returned server is closed or the process ends, however it ends. An abstract socket
   * (unix(7)) leaves no file that could survive its owner. Throws MeshError `state-in-use`.
   */
  async lock(): Promise<Server> {
    const { dev, ino } = statSync(this.path);
    const server = createServer();
    try {
      await new Promise<void>((done, fail) => {
        server.once('error', fail);
        server.listen(`\0heddle-state-${dev}-${ino}`, done);
      });
    } catch {
      const record = this.running();
      const who = record === undefined ? 'another `heddle up`' : `\`heddle up\` (pid ${record.pid})`;
      const message = `${who} is already using ${this.path}; end it with \`heddle down --state ${this.path}\`, or give another folder with --state`;
      throw new MeshError('state-in-use', message);
    }
    server.unref();
    return server;
  }
}
