// Connections reach whoever listens, with libuv's handle taken directly and in the way that Node documents.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { ListenSocket } from './listen-socket.ts';
import { RawSocket } from './raw-socket.ts';

for (const direct of [true, false]) {
  test(`bytes go both ways, handles ${direct ? 'taken directly' : 'as sockets'}`, async () => {
    const port = 19_000 + (process.pid % 900) + (direct ? 0 : 950);
    const accepted: RawSocket[] = [];
    const listen = await ListenSocket.open({
      host: '127.0.0.1',
      port,
      backlog: 10,
      takesHandles: direct,
      onError: assert.fail,
      onConnection: (handle) => {
        const raw = new RawSocket(handle);
        accepted.push(raw);
        raw.sink = {
          onData: (buffer, length) => void raw.socket.write(`got ${buffer.toString('latin1', 0, length)}`),
          onEnd: () => void raw.socket.end(),
          onDrain: () => {},
          onClose: () => {},
        };
        raw.start();
      },
    });
    const client = connect(port, '127.0.0.1');
    client.write('hello');
    const [answer] = (await once(client, 'data')) as [Buffer];
    assert.equal(answer.toString(), 'got hello');
    client.end();
    await once(client, 'close');
    assert.equal(accepted.length, 1);
    listen.close();
  });
}
