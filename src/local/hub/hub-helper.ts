// The helper process in the hub namespace: cluster DNS, probes into pods, and published ports. Told by the supervisor.
import { Server } from 'node:net';
import type { FromHub, ToHub } from '../network/hub-messages.ts';
import { DnsServer } from './dns-server.ts';
import { runNetworkProbe } from './network-probe.ts';
import { TcpForwarder } from './tcp-forwarder.ts';

function tell(message: FromHub): void {
  process.send?.(message);
}

function runHubHelper(): void {
  const forwarders = new Map<string, TcpForwarder>();
  const waiting = new Map<number, (answer: Uint8Array | undefined) => void>();
  let queries = 0;
  const dns = new DnsServer((query) => {
    const id = (queries += 1);
    tell({ type: 'forward', id, query });
    return new Promise((resolve) => waiting.set(id, resolve));
  });
  const take = (message: ToHub, handle: unknown): void => {
    switch (message.type) {
      case 'start-dns':
        void dns.listen(message.address, 53).then(() => tell({ type: 'ready' }));
        return;
      case 'zone':
        return dns.setZone(message.zone);
      case 'forwarded':
        waiting.get(message.id)?.(message.answer);
        waiting.delete(message.id);
        return;
      case 'probe':
        void runNetworkProbe(message.probe, message.timeoutMs).then(({ ok, message: text }) =>
          tell({ type: 'probed', id: message.id, ok, message: text }),
        );
        return;
      case 'publish':
        forwarders.get(message.name)?.close();
        if (handle instanceof Server) forwarders.set(message.name, new TcpForwarder(handle));
        return;
      case 'targets':
        return forwarders.get(message.name)?.setTargets(message.targets);
    }
  };
  process.on('message', take);
  // Its life is the supervisor's.
  process.on('disconnect', () => process.exit(0));
}

if (import.meta.main) runHubHelper();
