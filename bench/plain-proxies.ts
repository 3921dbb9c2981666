// Further columns of the bench: nginx, HAProxy and a forwarder that only moves bytes, each passed twice as a sidecar is.
import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Subject } from './subject.ts';

/** The uid that the redirect rules exempt, so that nothing of this passes through the sidecar. */
const exemptUid = 1337;
const [first, second, backend] = [19_001, 19_002, 9080];

interface Plain {
  readonly name: string;
  readonly binary: string;
  readonly config: (folder: string) => string;
  readonly command: (file: string) => readonly string[];
}

const nginx: Plain = {
  name: 'nginx',
  binary: 'nginx',
  config: (folder) => `daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log /dev/null;
events { worker_connections 4096; }
http { access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
keepalive_requests 100000000;
upstream second { server 127.0.0.1:${second}; keepalive 128; keepalive_requests 100000000; }
upstream backend { server 127.0.0.1:${backend}; keepalive 128; keepalive_requests 100000000; }
server { listen 127.0.0.1:${first}; location / { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://second; } }
server { listen 127.0.0.1:${second}; location / { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://backend; } } }
`,
  command: (file) => ['nginx', '-c', file],
};

const haproxy: Plain = {
  name: 'haproxy',
  binary: 'haproxy',
  config: () => `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
listen first
  bind 127.0.0.1:${first}
  server second 127.0.0.1:${second}
listen second
  bind 127.0.0.1:${second}
  server backend 127.0.0.1:${backend}
`,
  command: (file) => ['haproxy', '-db', '-f', file],
};

const forwarder: Plain = {
  name: 'forwarder',
  binary: process.execPath,
  config: () => `const net = require('node:net');
for (const [from, to] of [[${first}, ${second}], [${second}, ${backend}]]) net.createServer({ noDelay: true }, (down) => {
  const up = net.connect({ port: to, host: '127.0.0.1', noDelay: true });
  for (const [a, b] of [[down, up], [up, down]]) { a.on('data', (chunk) => b.write(chunk)); a.on('close', () => b.destroy()); a.on('error', () => {}); }
}).listen(from, '127.0.0.1');
`,
  command: (file) => [process.execPath, file],
};

function install(binary: string): boolean {
  const there = (): boolean =>
    spawnSync('which', [binary], { stdio: 'ignore', env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` } })
      .status === 0;
  if (binary.startsWith('/') || there()) return true;
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', binary], {
    stdio: 'ignore',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return there();
}

/** The process itself: what was started is `taskset`, which becomes it by way of nsenter and setpriv. */
function pidOf(child: ChildProcess, command: readonly string[]): number {
  const running = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').split('\0').slice(0, command.length);
  if (running.join(' ') === command.join(' ')) return child.pid!;
  throw new Error(`${command.join(' ')} did not start: ${running.join(' ')}`);
}

async function measure(plain: Plain, pod: Subject, seconds: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-plain-'));
  const file = join(folder, 'config.js');
  writeFileSync(file, plain.config(folder));
  spawnSync('chmod', ['-R', 'a+rwX', folder]);
  const command = plain.command(file);
  const child = pod.spawn(command, exemptUid);
  try {
    await new Promise((wake) => setTimeout(wake, 700));
    const subject = new Subject(plain.name, pidOf(child, command), child.pid!);
    const shape = { host: '127.0.0.1', port: first, path: '/', connections: 64, seconds };
    await subject.cpuPerRequest({ ...shape, seconds: 1 });
    return await subject.cpuPerRequest(shape);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Microseconds of CPU for a request that passes each twice; a proxy that cannot be installed is left out, saying so. */
export async function plainHops(pod: Subject, seconds: number): Promise<Record<string, number>> {
  const results: Record<string, number> = {};
  for (const plain of [nginx, haproxy, forwarder]) {
    if (install(plain.binary)) results[plain.name] = await measure(plain, pod, seconds);
    else process.stderr.write(`  ${plain.name} is not here and could not be installed\n`);
  }
  return results;
}
