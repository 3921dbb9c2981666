// The bench's backend, on raw sockets: answers every request head with the same 289 bytes. On port 9081 it swallows what it gets.
import net from 'node:net';

const body = 'x'.repeat(200);
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
);
const end = Buffer.from('\r\n\r\n');

net
  .createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      for (let at = chunk.indexOf(end); at >= 0; at = chunk.indexOf(end, at + 4)) socket.write(answer);
    });
  })
  .listen(9080);
net
  .createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.resume();
  })
  .listen(9081);
