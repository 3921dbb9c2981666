// The clients of the limits' tests, run inside a pod: `node limits-client.js MODE HOST NUMBER WINDOWS`. Each prints one JSON line
// when it has its result. `hold` and `slow` keep their connections until their input ends.
//   upload, download   NUMBER bytes, with content verified by hash
//   pace               NUMBER requests a second, for WINDOWS of 0.7 seconds: the p99 of each
//   flood              64 connections for NUMBER ms, each asks as soon as it was answered
//   hold               NUMBER connections, each idle after one answered request
//   slow               NUMBER connections, each inside a head to which a byte is added every five seconds
import http from 'node:http';
import net from 'node:net';
import { readContent, writeContent } from './limits-content.js';

const [mode, host, number, windows] = process.argv.slice(2);
const count = Number(number);
const port = 9080;
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

function ask(options) {
  const request = http.request({ host, port, agent, ...options });
  const answer = new Promise((resolve, reject) => request.on('response', resolve).on('error', reject));
  return { request, answer };
}

async function upload() {
  const { request, answer } = ask({ path: '/upload', method: 'POST' });
  const [sent, response] = await Promise.all([writeContent(request, count), answer]);
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, sent, ...JSON.parse(text) };
}

async function download() {
  const { request, answer } = ask({ path: `/download?bytes=${count}` });
  request.end();
  const response = await answer;
  return { status: response.statusCode, ...(await readContent(response)) };
}

/** Open loop: what is due is sent, whether or not earlier requests were answered. */
async function pace() {
  const latencies = [];
  let failed = 0;
  const once = async () => {
    const from = performance.now();
    const { request, answer } = ask({ path: '/' });
    request.end();
    const response = await answer;
    for await (const _ of response);
    if (response.statusCode !== 200) failed += 1;
    latencies.push(performance.now() - from);
  };
  const during = async (ms) => {
    const from = performance.now();
    const all = [];
    while (performance.now() - from < ms) {
      for (const due = ((performance.now() - from) * count) / 1000; all.length < due; ) all.push(once());
      await new Promise((wake) => setTimeout(wake, 2));
    }
    await Promise.all(all);
  };
  await during(500); // its own code and connections become warm
  const p99 = [];
  for (let window = 0; window < Number(windows); window++) {
    latencies.length = 0;
    await during(700);
    latencies.sort((a, b) => a - b);
    p99.push(latencies[Math.floor(latencies.length * 0.99)]);
  }
  return { failed, p99 };
}

async function flood() {
  const until = performance.now() + count;
  let answered = 0;
  let failed = 0;
  const worker = async () => {
    while (performance.now() < until) {
      const { request, answer } = ask({ path: '/' });
      request.end();
      const response = await answer;
      for await (const _ of response);
      if (response.statusCode === 200) answered += 1;
      else failed += 1;
    }
  };
  await Promise.all(Array.from({ length: 64 }, worker));
  return { answered, failed };
}

/** At most 100 at a time are on their way, so that no backlog overflows. */
async function hold(begin) {
  const open = new Set();
  let next = 0;
  const worker = async () => {
    for (let id = next++; id < count; id = next++) {
      const socket = net.connect({ host, port });
      socket.on('close', () => open.delete(socket));
      await new Promise((resolve, reject) => {
        socket.on('error', reject);
        begin(socket, resolve, id);
      });
      open.add(socket);
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, 100) }, worker));
  return open;
}

const head = `GET / HTTP/1.1\r\nhost: ${host}:${port}\r\nuser-agent: holder\r\naccept: */*\r\n`;

function beginIdle(socket, done) {
  socket.once('data', () => done());
  socket.write(`${head}\r\n`);
}

function beginSlow(socket, done, id) {
  socket.on('connect', () => {
    socket.write(`${head}x-slow: `);
    setTimeout(() => setInterval(() => socket.write('x'), 5000), (id * 5000) / count);
    done();
  });
}

const print = (result) => process.stdout.write(`${JSON.stringify(result)}\n`);
if (mode === 'hold' || mode === 'slow') {
  const open = await hold(mode === 'hold' ? beginIdle : beginSlow);
  print({ open: open.size });
  process.stdin.on('end', () => {
    print({ open: open.size });
    process.exit(0);
  });
  process.stdin.resume();
} else {
  print(await { upload, download, pace, flood }[mode]());
  process.exit(0);
}
