// The embedded proxy alone, without an agent around it: a process for tests, until it is killed.
import { EmbeddedProxy } from '../../src/proxy/embedded-proxy.ts';

const { xdsAddress, dataFolder, nodeId } = JSON.parse(process.argv[2] ?? '{}') as {
  xdsAddress: string;
  dataFolder: string;
  nodeId: string;
};

const proxy = new EmbeddedProxy({
  node: { id: nodeId, cluster: 'test', metadata: {} },
  xdsAddress,
  dataFolder,
  drainScope: 'all',
  drainMs: 1000,
  ports: { admin: 0, metrics: 0 },
  logLevel: 'warning',
  quit: () => process.exit(0),
});
await proxy.start();
