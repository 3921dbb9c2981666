// How long the embedded sidecar takes from its start until it says that it is ready, alone in a pod of its own.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { typeUrls } from '../../src/pilot/proxy-resources.ts';
import { answeringListener, nameTable, podAddress, SidecarWorld } from './sidecar-world.ts';

/** Asks every 5 ms, from the start on, so that what is measured is the sidecar and not who asks. */
const untilReady = `
  const ask = () => fetch('http://${podAddress}:15021/healthz/ready', { signal: AbortSignal.timeout(500) })
    .then((response) => { if (response.status !== 200) throw new Error(); console.log(performance.timeOrigin + performance.now()); process.exit(); })
    .catch(() => setTimeout(ask, 5));
  ask().then(() => console.log('asking'));`;

/** From the start of the process, with its configuration at hand in the control plane. */
export async function startToReadyMs(): Promise<number> {
  const world = new SidecarWorld();
  try {
    world.set(typeUrls.listener, answeringListener(8080, 'first'));
    world.set(typeUrls.nameTable, nameTable({ 'reviews.shop.svc.cluster.local': ['10.96.0.1'] }));
    await world.startControlPlane();
    const poller = world.client.start([process.execPath, '-e', untilReady]);
    await once(poller.stdout!, 'data');
    await sleep(100);
    const startedAt = performance.timeOrigin + performance.now();
    const ready = once(poller.stdout!, 'data') as Promise<[Buffer]>;
    world.startSidecar({ HEDDLE_PROXY: 'embedded' });
    const [line] = await Promise.race([
      ready,
      sleep(20_000, undefined, { ref: false }).then(() => Promise.reject(new Error(world.output))),
    ]);
    return Number(line.toString()) - startedAt;
  } finally {
    await world.close();
  }
}
