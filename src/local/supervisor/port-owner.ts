// Finds out who listens on a TCP port of this host, for the message about a port that is taken.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface PortOwner {
  readonly pid: number;
  readonly command: string;
}

const listening = '0A';

/** Of the sockets in a /proc/net/tcp text, the inodes of those that listen on the port. proc(5). */
export function listeningInodes(table: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${hex}`) === true && fields[3] === listening)
    .map((fields) => fields[9] ?? '');
}

/** `undefined` when nobody does, or nobody that we may look at. */
export function portOwner(port: number): PortOwner | undefined {
  const sockets = ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((file) => listeningInodes(readText(file), port))
    .map((inode) => `socket:[${inode}]`);
  if (sockets.length === 0) return undefined;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (!openFiles(pid).some((file) => sockets.includes(file))) continue;
    const command = readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
    return { pid: Number(pid), command: command === '' ? readText(`/proc/${pid}/comm`).trim() : command };
  }
  return undefined;
}

function openFiles(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlink(`/proc/${pid}/fd/${fd}`));
  } catch {
    // It ended, or belongs to somebody else.
    return [];
  }
}

function readlink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed meanwhile.
    return '';
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // A host without IPv6 has no tcp6; a process may have ended.
    return '';
  }
}
