// An open-loop load from inside a pod (its text is handed to `node -e`): one GET every 1000/RATE ms, whether or not earlier ones
// were answered. Prints a line for each answer: start (ms since the epoch), duration, status or error, chosen headers, body's start.
import http from 'node:http';

const [url, rate, names = ''] = process.argv.slice(1);
const everyMs = 1000 / Number(rate);
const wanted = names.split(',').filter(Boolean);
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const started = performance.now();
let sent = 0;
let open = 0;
let stopping = false;

function once() {
  const at = Date.now();
  const from = performance.now();
  open += 1;
  const done = (result) => {
    open -= 1;
    process.stdout.write(`${JSON.stringify({ at, ms: Math.round(performance.now() - from), ...result })}\n`);
    if (stopping && open === 0) process.exit(0);
  };
  const request = http.get(url, { agent, timeout: 10000 }, (response) => {
    const chunks = [];
    response.on('data', (chunk) => chunks.push(chunk));
    response.on('error', (error) => done({ error: error.message }));
    response.on('end', () => {
      const headers = Object.fromEntries(wanted.map((name) => [name, response.headers[name]]));
      done({ status: response.statusCode, headers, body: Buffer.concat(chunks).toString('utf8').slice(0, 80) });
    });
  });
  request.on('timeout', () => request.destroy(new Error('timeout')));
  request.on('error', (error) => done({ error: error.message }));
}

const timer = setInterval(() => {
  const due = Math.floor((performance.now() - started) / everyMs);
  for (; sent < due; sent++) once();
}, 2);

process.stdin.resume();
process.stdin.on('end', () => {
  stopping = true;
  clearInterval(timer);
  if (open === 0) process.exit(0);
  setTimeout(() => process.exit(1), 12000).unref();
});
