// Asks the host's own DNS resolvers, for names that are not the cluster's.
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { MeshError } from '../../lib/mesh-error.ts';

/** The addresses that /etc/resolv.conf names. */
export function hostResolvers(file = '/etc/resolv.conf'): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1])
      .filter((address): address is string => address !== undefined)
      .slice(0, 3);
  } catch {
    // A host without the file resolves nothing, and so do its pods.
    return [];
  }
}

/**
 * All of them at once, the first answer counts: a dead one costs no time. They are read anew for each question: laptops change
 * networks. `undefined` when none of them answered.
 */
export async function askHostResolvers(query: Uint8Array, timeoutMs = 2_000): Promise<Uint8Array | undefined> {
  const asked = hostResolvers().map(async (resolver) => {
    const answer = await askResolver(resolver, query, timeoutMs);
    if (answer === undefined) throw new MeshError('no-answer', `${resolver} does not answer`);
    return answer;
  });
  return Promise.any(asked).catch(() => undefined);
}

function askResolver(resolver: string, query: Uint8Array, timeoutMs: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(resolver.includes(':') ? 'udp6' : 'udp4');
    const done = (answer: Uint8Array | undefined): void => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(() => done(undefined), timeoutMs);
    socket.on('error', () => done(undefined));
    // The answer must carry the question's number; a connected socket takes packets from nobody else.
    socket.on('message', (answer) => {
      if (answer[0] === query[0] && answer[1] === query[1]) done(answer);
    });
    socket.connect(53, resolver, () => socket.send(query));
  });
}
