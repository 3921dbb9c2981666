// Opens real sockets inside a namespace, as told in JSON on the command line, and prints what happened as JSON lines.
//
//   {listen: [PORT...], udp: [PORT...], host?}   answers every connection and datagram with the port it came in at
//   {dial: [{host, port, udp?, local?}]}  prints what each answered, or the error's code
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';

const order = JSON.parse(process.argv[2]);

function print(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function listenTcp(port, host) {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(`tcp ${port}`);
    });
    server.listen(port, host, resolve);
  });
}

function listenUdp(port, host) {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.on('message', (_, from) => socket.send(`udp ${port}`, from.port, from.address));
    socket.bind(port, host, resolve);
  });
}

function dialTcp({ host, port, local }) {
  return new Promise((resolve) => {
    const chunks = [];
    const socket = connect({ host, port, ...(local === undefined ? {} : { localAddress: local }) });
    socket.setTimeout(1000, () => resolve('timeout'));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', (error) => resolve(error.code));
    socket.on('end', () => resolve(Buffer.concat(chunks).toString()));
  });
}

function dialUdp({ host, port }) {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const done = (answer) => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(() => done('timeout'), 500);
    // Connected, so that only an answer from the address that was asked counts.
    socket.on('error', (error) => done(error.code));
    socket.on('message', (answer) => done(answer.toString()));
    socket.connect(port, host, () => socket.send('hello'));
  });
}

if (order.dial !== undefined) {
  print(await Promise.all(order.dial.map((target) => (target.udp ? dialUdp(target) : dialTcp(target)))));
  process.exit(0);
}
const { listen = [], udp = [], host = '0.0.0.0' } = order;
await Promise.all([...listen.map((port) => listenTcp(port, host)), ...udp.map((port) => listenUdp(port, host))]);
print('listening');
