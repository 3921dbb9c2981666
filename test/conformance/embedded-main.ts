// The embedded proxy alone, without an agent around it: a process for tests, until it is killed. A fault may be planted in
// one of its files, in memory only.
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { SourceFault } from './proxy-under-test.ts';

const {
  xdsAddress,
  dataFolder,
  nodeId,
  adminPort = 0,
  fault,
} = JSON.parse(process.argv[2] ?? '{}') as {
  xdsAddress: string;
  dataFolder: string;
  nodeId: string;
  adminPort?: number;
  fault?: SourceFault;
};

if (fault !== undefined) {
  const target = pathToFileURL(fault.file).href;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (url !== target) return loaded;
      const text = Buffer.from(loaded.source as Uint8Array).toString();
      return { ...loaded, source: text.replace(fault.from, () => fault.to) };
    },
  });
}

const { EmbeddedProxy } = await import('../../src/proxy/embedded-proxy.ts');
const proxy = new EmbeddedProxy({
  node: { id: nodeId, cluster: 'test', metadata: {} },
  xdsAddress,
  dataFolder,
  drainScope: 'all',
  drainMs: 1000,
  ports: { admin: adminPort, metrics: 0 },
  logLevel: 'warning',
  quit: () => process.exit(0),
});
await proxy.start();
