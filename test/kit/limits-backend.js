// The application behind the sidecar in the limits' tests: takes any upload and says what came, sends a download of any length.
import http from 'node:http';
import { readContent, writeContent } from './limits-content.js';

async function answer(request, response) {
  const url = new URL(request.url, 'http://limits');
  if (url.pathname === '/upload') {
    response.end(JSON.stringify(await readContent(request).catch(() => ({ bytes: -1, hash: '' }))));
  } else if (url.pathname === '/download') {
    const bytes = Number(url.searchParams.get('bytes'));
    response.setHeader('content-length', bytes);
    await writeContent(response, bytes).catch(() => response.destroy());
  } else response.end('ok\n');
}

http.createServer((request, response) => void answer(request, response)).listen(9080);
