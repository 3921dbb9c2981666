// Stand-in for Istio's helloworld image: says which version and instance answered.
import { createServer } from 'node:http';
import { hostname } from 'node:os';

const version = process.env['SERVICE_VERSION'] ?? 'unknown';

createServer((incoming, outgoing) => {
  const path = new URL(incoming.url ?? '/', 'http://service').pathname;
  outgoing.setHeader('content-type', 'text/plain');
  if (path === '/health') outgoing.end('Helloworld is healthy');
  else if (path === '/hello') outgoing.end(`Hello version: ${version}, instance: ${hostname()}\n`);
  else outgoing.writeHead(404).end('not found\n');
}).listen(5000);
process.once('SIGTERM', () => process.exit(0));
