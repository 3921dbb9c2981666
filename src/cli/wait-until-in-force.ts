// Waits until every proxy has what follows from a resourceVersion, by asking the control plane.
import { request } from 'node:http';
import { MeshError } from '../lib/mesh-error.ts';
import type { StateFolder } from '../local/state/state-folder.ts';

/** Throws `not-in-force` when it takes longer, or when the control plane does not answer. */
export async function waitUntilInForce(state: StateFolder, resourceVersion: number, timeoutMs: number): Promise<void> {
  const path = `/debug/wait?resourceVersion=${resourceVersion}&timeoutMs=${timeoutMs}`;
  const code = await new Promise<number>((resolve, reject) => {
    const options = { socketPath: state.controlSocket, path, timeout: timeoutMs + 5_000 };
    const call = request(options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on('timeout', () => call.destroy(new MeshError('not-in-force', 'the control plane does not answer')));
    call.on('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT' && cause.code !== 'ECONNREFUSED') return reject(cause);
      reject(
        new MeshError(
          'not-in-force',
          `the control plane is not running (${state.controlSocket}); the change is stored`,
          { cause },
        ),
      );
    });
    call.end();
  });
  if (code === 200) return;
  const seconds = timeoutMs / 1000;
  throw new MeshError(
    'not-in-force',
    `not in force after ${seconds} s (answer ${code}); the change is stored and will follow`,
  );
}
