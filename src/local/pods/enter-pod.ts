// The command line that runs something in a container of a running pod, as its user, in its folder, with its environment.
import { readFileSync, readlinkSync } from 'node:fs';
import { MeshError } from '../../lib/mesh-error.ts';
import { firstChild } from '../process/process-identity.ts';
import { shellQuote } from '../process/shell-quote.ts';
import { systemTools } from '../process/system-tools.ts';
import { carryEnvironment } from './carried-environment.ts';
import { podNamespaces } from './container-process.ts';
import { setprivArguments } from './container-user.ts';
import type { PodRecord } from './pod-record.ts';

export interface EnterOptions {
  readonly container?: string;
  /** Instead of the container's own user; it has no capabilities. */
  readonly uid?: number;
}

export interface EnterCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Throws MeshError `no-container`. Ends with the caller: the kernel kills it when its parent dies. */
export function enterCommand(pod: PodRecord, command: readonly string[], options: EnterOptions): EnterCommand {
  const name = options.container ?? pod.defaultContainer;
  const container = pod.containers.find((each) => each.name === name);
  const pid = container === undefined ? undefined : firstChild(container.entryPid);
  if (container === undefined || pid === undefined) {
    const names = pod.containers.map((each) => each.name).join(', ');
    throw new MeshError(
      'no-container',
      `${pod.namespace}/${pod.name} has no running container ${name}; running: ${names}`,
    );
  }
  const { uid } = options;
  const user = uid === undefined ? container.user : { uid, gid: uid, groups: [], capabilities: [] };
  const { nsenter, setpriv, sh, env } = systemTools();
  const { carriers, words } = carryEnvironment(environmentOf(pid));
  const script = [
    `cd ${shellQuote(folderOf(pid))} 2>/dev/null || cd /`,
    `exec ${setpriv} --pdeathsig KILL ${setprivArguments(user).join(' ')} ${env} -i ${words} "$@"`,
  ].join('\n');
  const enter = [nsenter, '--target', String(pid), ...podNamespaces, '--', sh, '-c', script, 'exec', ...command];
  return { program: setpriv, args: ['--pdeathsig', 'KILL', '--', ...enter], env: carriers };
}

function environmentOf(pid: number): string[] {
  const variables = readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .filter((each) => each !== '');
  const terminal = process.env['TERM'] === undefined ? [] : [`TERM=${process.env['TERM']}`];
  return [...terminal, ...variables];
}

function folderOf(pid: number): string {
  return readlinkSync(`/proc/${pid}/cwd`);
}
