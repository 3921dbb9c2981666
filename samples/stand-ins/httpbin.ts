// Stand-in for the httpbin image: the endpoints that Istio's tasks use, in go-httpbin's form (header values are lists).
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

const maxBody = 1024 * 1024;
const maxDelaySeconds = 10;

function headerLists(incoming: IncomingMessage): Record<string, string[]> {
  const lists: Record<string, string[]> = {};
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    const canonical = name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
    lists[canonical] = values ?? [];
  }
  return lists;
}

function send(outgoing: ServerResponse, status: number, value: unknown): void {
  outgoing.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  outgoing.end(`${JSON.stringify(value, null, 2)}\n`);
}

function echo(incoming: IncomingMessage, url: URL, body: string): unknown {
  const args: Record<string, string[]> = {};
  for (const name of url.searchParams.keys()) args[name] = url.searchParams.getAll(name);
  const origin = incoming.headers['x-forwarded-for'] ?? incoming.socket.remoteAddress ?? '';
  const full = `http://${incoming.headers.host ?? ''}${incoming.url ?? ''}`;
  return { args, headers: headerLists(incoming), method: incoming.method, origin, url: full, data: body };
}

function route(incoming: IncomingMessage, outgoing: ServerResponse, body: string): void {
  const url = new URL(incoming.url ?? '/', 'http://service');
  const [, head = '', rest = ''] = url.pathname.split('/');
  switch (head) {
    case '':
      outgoing.writeHead(200, { 'content-type': 'text/html' }).end('<h1>httpbin stand-in</h1>');
      return;
    case 'get':
    case 'post':
    case 'put':
    case 'patch':
    case 'delete':
      if (incoming.method?.toLowerCase() === head || (head === 'get' && incoming.method === 'HEAD'))
        send(outgoing, 200, echo(incoming, url, body));
      else send(outgoing, 405, { status_code: 405, error: 'Method Not Allowed' });
      return;
    case 'anything':
      send(outgoing, 200, echo(incoming, url, body));
      return;
    case 'headers':
      send(outgoing, 200, { headers: headerLists(incoming) });
      return;
    case 'ip':
      send(outgoing, 200, { origin: incoming.headers['x-forwarded-for'] ?? incoming.socket.remoteAddress });
      return;
    case 'user-agent':
      send(outgoing, 200, { 'user-agent': incoming.headers['user-agent'] ?? '' });
      return;
    case 'status': {
      const status = Number(rest);
      outgoing.writeHead(Number.isInteger(status) && status >= 200 && status <= 599 ? status : 400).end();
      return;
    }
    case 'delay': {
      const seconds = Math.min(maxDelaySeconds, Math.max(0, Number.parseFloat(rest) || 0));
      setTimeout(() => send(outgoing, 200, echo(incoming, url, body)), seconds * 1000);
      return;
    }
    case 'bytes':
      outgoing.writeHead(200, { 'content-type': 'application/octet-stream' });
      outgoing.end(Buffer.alloc(Math.min(maxBody, Math.max(0, Number.parseInt(rest, 10) || 0))));
      return;
    case 'response-headers': {
      for (const name of new Set(url.searchParams.keys())) outgoing.setHeader(name, url.searchParams.getAll(name));
      send(
        outgoing,
        200,
        Object.fromEntries([...url.searchParams.keys()].map((name) => [name, url.searchParams.getAll(name)])),
      );
      return;
    }
    default:
      send(outgoing, 404, { status_code: 404, error: 'Not Found' });
  }
}

const server = createServer((incoming, outgoing) => {
  const chunks: Buffer[] = [];
  let size = 0;
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBody) chunks.push(chunk);
    else incoming.destroy();
  });
  incoming.on('end', () => {
    try {
      route(incoming, outgoing, Buffer.concat(chunks).toString('utf8'));
    } catch (error) {
      if (!outgoing.headersSent)
        send(outgoing, 400, { status_code: 400, error: error instanceof Error ? error.message : String(error) });
    }
  });
});
server.listen(Number(process.env['PORT'] ?? 8080));
process.once('SIGTERM', () => process.exit(0));
