// Readies a Unix socket path for listening, and its permissions for the sidecars: a stale socket goes, a live one is an error.
import { chmodSync, chownSync, lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { MeshError } from '../../lib/mesh-error.ts';

/** User and group that sidecars run as, here as in Istio. */
const sidecarUser = 1337;

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (alive: boolean): void => {
      socket.destroy();
      resolve(alive);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

/** Throws MeshError `address-in-use` when another process listens there, or when it is not a socket at all. */
export async function clearSocketPath(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) throw new MeshError('address-in-use', `${path} exists and is not a socket`);
  if (await isAlive(path)) throw new MeshError('address-in-use', `another process listens on ${path}`);
  unlinkSync(path);
}

/**
 * Only root can hand the socket to the sidecars; for anyone else it stays with the user's own. It is theirs alone: if it
 * were root's, an app that runs as root without capabilities (`heddle up` not by sudo) would be its owner.
 */
export function shareSocket(path: string): void {
  if (process.getuid?.() === 0) chownSync(path, sidecarUser, sidecarUser);
  chmodSync(path, 0o660);
}
