// The bench's load, on raw sockets: `node load.js HOST PORT PATH CONNECTIONS SECONDS [PER_SECOND] [HOST_HEADER]`.
// Closed loop (each connection sends as soon as it was answered), or open loop at a fixed rate. Prints one JSON object.
import net from 'node:net';

const [host, port, path, connections, seconds, perSecond = '0', name = host] = process.argv.slice(2);
const request = Buffer.from(
  `GET ${path} HTTP/1.1\r\nhost: ${name}:${port}\r\nuser-agent: bench\r\naccept: */*\r\n\r\n`,
);
const rate = Number(perSecond);
const idle = [];
const latencies = [];
let answered = 0;
let failed = 0;
let ending = false;

class Connection {
  #socket;
  #sentAt = 0;
  #wanted = -1;
  #had = 0;

  open() {
    return new Promise((resolve, reject) => {
      this.#socket = net.connect({ host, port: Number(port), noDelay: true }, resolve);
      this.#socket.on('error', (error) => {
        if (!ending) failed += 1;
        reject(error);
      });
      this.#socket.on('data', (chunk) => this.#take(chunk));
    });
  }

  send(sentAt) {
    this.#sentAt = sentAt;
    this.#socket.write(request);
  }

  #take(chunk) {
    if (this.#wanted < 0) {
      const end = chunk.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = chunk.latin1Slice(0, end).toLowerCase();
      if (!head.startsWith('http/1.1 200')) failed += 1;
      const length = /content-length: *(\d+)/.exec(head);
      this.#wanted = Number(length?.[1] ?? 0);
      this.#had = chunk.length - end - 4;
    } else this.#had += chunk.length;
    if (this.#had < this.#wanted) return;
    this.#wanted = -1;
    answered += 1;
    if (rate > 0) {
      latencies.push(performance.now() - this.#sentAt);
      idle.push(this);
    } else if (!ending) this.send(0);
  }

  close() {
    this.#socket.destroy();
  }
}

const all = Array.from({ length: Number(connections) }, () => new Connection());
for (const connection of all) await connection.open();
const started = performance.now();
const until = started + Number(seconds) * 1000;
if (rate > 0) {
  idle.push(...all);
  let sent = 0;
  while (performance.now() < until) {
    const due = Math.floor(((performance.now() - started) * rate) / 1000);
    for (; sent < due && idle.length > 0; sent++) idle.pop().send(started + (sent * 1000) / rate);
    await new Promise((wake) => setImmediate(wake));
  }
} else {
  for (const connection of all) connection.send(0);
  await new Promise((wake) => setTimeout(wake, Number(seconds) * 1000));
}
ending = true;
const elapsed = (performance.now() - started) / 1000;
latencies.sort((a, b) => a - b);
const at = (share) => latencies[Math.floor(latencies.length * share)] ?? 0;
process.stdout.write(`${JSON.stringify({ answered, failed, seconds: elapsed, p50: at(0.5), p99: at(0.99) })}\n`);
for (const connection of all) connection.close();
