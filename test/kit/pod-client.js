// The client of the exam and of other tests: runs inside a pod's network namespace (its text is handed to `node -e`), takes one job a line on
// standard input and answers with one line each. Every request goes out on a connection of its own.
import { lookup } from 'node:dns/promises';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';
import { createInterface } from 'node:readline';

const defaultTimeoutMs = 15000;

function errorOf(error) {
  if (error.code === 'ECONNREFUSED') return 'refused';
  if (error.code === 'EXAM_TIMEOUT') return 'timeout';
  if (error.code?.startsWith?.('ERR_SSL') || error.code?.startsWith?.('ERR_TLS') || error.library === 'SSL routines')
    return 'tls';
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return `dns ${error.hostname}`;
  return 'reset';
}

/** A URL split without any normalisation of its path. */
function split(url) {
  const [, scheme, authority, path] = /^(https?):\/\/([^/?]+)(.*)$/.exec(url);
  const [, host, port] = /^(.*?)(?::(\d+))?$/.exec(authority);
  return {
    scheme,
    authority,
    host,
    port: Number(port ?? (scheme === 'https' ? 443 : 80)),
    path: path === '' ? '/' : path.startsWith('?') ? `/${path}` : path,
  };
}

function timeLimit(ms, onTimeout) {
  const timer = setTimeout(() => onTimeout(Object.assign(new Error('timeout'), { code: 'EXAM_TIMEOUT' })), ms);
  return () => clearTimeout(timer);
}

/** Addresses in a fixed order, as the DNS of the exam's bench gave them. */
async function addressOf(host) {
  if (net.isIP(host)) return host;
  const found = await lookup(host, { all: true, family: 4 });
  return found.map(({ address }) => address).toSorted()[0];
}

async function dial(host, port, tlsOptions, limit) {
  const socket = net.connect({ host: await addressOf(host), port });
  limit.socket = socket;
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  if (!tlsOptions) return socket;
  const secure = tls.connect({ socket, rejectUnauthorized: false, ...tlsOptions });
  // Closed during the handshake is a reset; only an alert counts as a failure of TLS.
  await new Promise((resolve, reject) => {
    secure.once('secureConnect', resolve);
    secure.once('error', reject);
    secure.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
  });
  return secure;
}

function headersOf(request, target, id) {
  const headers = { ...request.headers };
  const hostKey = Object.keys(headers).find((name) => name.toLowerCase() === 'host');
  const host = hostKey === undefined ? target.authority : headers[hostKey];
  if (hostKey !== undefined) delete headers[hostKey];
  return { host, headers: { 'x-exam-id': id, ...headers } };
}

function joined(raw) {
  const headers = {};
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i].toLowerCase();
    headers[name] = name in headers ? `${headers[name]},${raw[i + 1]}` : raw[i + 1];
  }
  return headers;
}

function collect(stream) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    stream.on('error', reject);
    stream.on('aborted', () => reject(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })));
  });
}

function overHttp1(socket, request, target, id) {
  const { host, headers } = headersOf(request, target, id);
  const hasHost = 'host' in Object.fromEntries(Object.keys(headers).map((name) => [name.toLowerCase(), true]));
  if (request.body !== undefined) headers['content-length'] = Buffer.byteLength(request.body);
  return new Promise((resolve, reject) => {
    const outgoing = http.request(
      {
        createConnection: () => socket,
        method: request.method ?? 'GET',
        path: '/',
        headers: hasHost ? headers : { host, ...headers },
        setHost: false,
      },
      (response) => {
        collect(response).then(
          (body) => resolve({ status: response.statusCode, headers: joined(response.rawHeaders), body }),
          reject,
        );
      },
    );
    // Set behind the constructor's back: it would refuse characters that the exam sends on purpose.
    outgoing.path = request.rawPath ?? target.path;
    outgoing.on('upgrade', (response, upgraded) => {
      upgraded.destroy();
      resolve({ status: response.statusCode, headers: joined(response.rawHeaders), body: '' });
    });
    outgoing.on('error', reject);
    outgoing.end(request.body);
  });
}

function overHttp2(socket, request, target, id) {
  const { host, headers } = headersOf(request, target, id);
  return new Promise((resolve, reject) => {
    const session = http2.connect(`${target.scheme}://${target.host}`, { createConnection: () => socket });
    session.on('error', reject);
    const stream = session.request({
      ':method': request.method ?? 'GET',
      ':path': request.rawPath ?? target.path,
      ':authority': host,
      ':scheme': target.scheme,
      ...headers,
    });
    let seen = {};
    stream.on('response', (answer) => (seen = { ...answer }));
    stream.on('trailers', (trailers) => (seen = { ...trailers, ...seen }));
    stream.on('error', reject);
    collect(stream).then((body) => {
      if (seen[':status'] === undefined) return reject(Object.assign(new Error('no answer'), { code: 'ECONNRESET' }));
      const text = {};
      for (const [name, value] of Object.entries(seen))
        if (!name.startsWith(':')) text[name] = Array.isArray(value) ? value.join(',') : String(value);
      session.close();
      resolve({ status: seen[':status'], headers: text, body });
    }, reject);
    stream.end(request.body);
  });
}

async function http1or2(request, id) {
  const target = split(request.url);
  const [, host, port] = request.connect ? /^(.*):(\d+)$/.exec(request.connect) : [undefined, target.host, target.port];
  const limit = {};
  const started = performance.now();
  let certificate;
  let cancel = () => {};
  const timedOut = new Promise((_, reject) => {
    cancel = timeLimit(request.timeoutMs ?? defaultTimeoutMs, (error) => {
      reject(error);
      limit.socket?.destroy();
    });
  });
  timedOut.catch(() => {});
  try {
    const secure = target.scheme === 'https' && {
      ...(request.sni || !net.isIP(target.host) ? { servername: request.sni ?? target.host } : {}),
      ...(request.http2 ? { ALPNProtocols: ['h2'] } : {}),
      ...request.clientCert,
    };
    const work = async () => {
      const socket = await dial(host, Number(port), secure, limit);
      certificate = secure ? socket.getPeerCertificate()?.subject?.CN : undefined;
      return (request.http2 ? overHttp2 : overHttp1)(socket, request, target, id);
    };
    const answer = await Promise.race([work(), timedOut]);
    return { ...answer, certificate, ms: performance.now() - started };
  } catch (error) {
    return { error: errorOf(error), detail: String(error.message), certificate, ms: performance.now() - started };
  } finally {
    cancel();
    limit.socket?.destroy();
  }
}

async function overTcp(exchange) {
  const limit = {};
  const started = performance.now();
  let data = '';
  const quietMs = 300;
  try {
    const socket = await Promise.race([
      dial(exchange.host, exchange.port, exchange.tls && { servername: exchange.tls.sni }, limit),
      new Promise((_, reject) => timeLimit(exchange.timeoutMs ?? defaultTimeoutMs, reject)),
    ]);
    return await new Promise((resolve) => {
      const done = (result) => {
        clearTimeout(quiet);
        cancel();
        resolve({ ...result, ms: performance.now() - started });
      };
      const settle = () => done(data === '' ? { error: 'timeout' } : { data });
      let quiet;
      const cancel = timeLimit(exchange.timeoutMs ?? 3000, settle);
      socket.on('data', (chunk) => {
        data += chunk.toString('utf8');
        clearTimeout(quiet);
        quiet = setTimeout(settle, quietMs);
      });
      socket.on('error', (error) => done(data === '' ? { error: errorOf(error) } : { data }));
      socket.on('end', () => done(data === '' ? { error: 'reset' } : { data }));
      if (exchange.send !== undefined) socket.write(exchange.send);
    });
  } catch (error) {
    return { error: errorOf(error), detail: String(error.message), ms: performance.now() - started };
  } finally {
    limit.socket?.destroy();
  }
}

async function run(job) {
  const once = () => (job.tcp ? overTcp(job.tcp) : http1or2(job.request, job.id));
  const results = [];
  if (job.parallel) results.push(...(await Promise.all(Array.from({ length: job.parallel }, once))));
  else for (let i = 0; i < (job.repeat ?? 1); i++) results.push(await once());
  return results;
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const job = JSON.parse(line);
  run(job).then(
    (results) => process.stdout.write(`${JSON.stringify({ job: job.job, results })}\n`),
    (error) => process.stdout.write(`${JSON.stringify({ job: job.job, failure: String(error.stack) })}\n`),
  );
});
process.on('uncaughtException', (error) => console.error(String(error.stack)));
