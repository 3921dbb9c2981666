// productpage: the front of Bookinfo. It asks details and reviews, waits 3 s for each, and asks reviews twice.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Product, productPage, type Review } from './page.ts';
import { call, type Headers, headersToPass, json, type Reply, serve, serviceHost } from './service.ts';

const urlOf = (name: string, port: string | undefined): string =>
  `http://${serviceHost(`${name.toUpperCase()}_HOSTNAME`, name)}:${port ?? 9080}/${name}`;
const detailsUrl = urlOf('details', process.env['DETAILS_SERVICE_PORT']);
const reviewsUrl = urlOf('reviews', process.env['REVIEWS_SERVICE_PORT']);
const ratingsUrl = urlOf('ratings', process.env['RATINGS_SERVICE_PORT']);
const timeoutMs = 3000;
const reviewTries = 2;

const products: readonly Product[] = [
  {
    id: 0,
    title: 'The Comedy of Errors',
    descriptionHtml:
      'Two pairs of twins, parted by a storm, meet in one town and are taken for each other all day long.',
  },
];

// Sessions are signed with a key of this process: a restart signs everyone out, which a sample may do.
const sessionKey = randomBytes(32);

function sign(user: string): string {
  const value = Buffer.from(user).toString('base64url');
  return `${value}.${createHmac('sha256', sessionKey).update(value).digest('base64url')}`;
}

function userOf(incoming: IncomingMessage): string | undefined {
  const [, value, mac] = /(?:^|;\s*)session=([\w-]+)\.([\w-]+)/.exec(incoming.headers.cookie ?? '') ?? [];
  if (value === undefined || mac === undefined) return undefined;
  const expected = createHmac('sha256', sessionKey).update(value).digest();
  const given = Buffer.from(mac, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  return Buffer.from(value, 'base64url').toString('utf8');
}

function headersOf(incoming: IncomingMessage): Headers {
  const headers = headersToPass(incoming);
  const user = userOf(incoming);
  if (user !== undefined && /^[\x20-\x7e]*$/.test(user)) headers['end-user'] = user;
  return headers;
}

interface Answer {
  readonly status: number;
  readonly value: Readonly<Record<string, unknown>>;
}

async function ask(url: string, headers: Headers, sorry: string): Promise<Answer> {
  try {
    const reply = await call(url, { timeoutMs, headers });
    if (reply.status === 200) return { status: 200, value: JSON.parse(reply.body) as Record<string, unknown> };
    return { status: reply.status, value: { error: sorry } };
  } catch (error) {
    console.error(`${url}: ${error instanceof Error ? error.message : String(error)}`);
    return { status: 500, value: { error: sorry } };
  }
}

async function askReviews(id: number, headers: Headers): Promise<Answer> {
  const sorry = 'Sorry, product reviews are currently unavailable for this book.';
  let last: Answer = { status: 500, value: { error: sorry } };
  for (let attempt = 0; attempt < reviewTries; attempt++) {
    last = await ask(`${reviewsUrl}/${id}`, headers, sorry);
    if (last.status === 200) break;
  }
  return last;
}

const askDetails = (id: number, headers: Headers): Promise<Answer> =>
  ask(`${detailsUrl}/${id}`, headers, 'Sorry, product details are currently unavailable for this book.');

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

async function front(incoming: IncomingMessage): Promise<Reply> {
  const headers = headersOf(incoming);
  const product = products[0]!;
  // One after the other, as in Istio's application: the 3 s limits add up and its tasks show that.
  const details = await askDetails(product.id, headers);
  const reviews = await askReviews(product.id, headers);
  const body = productPage({
    product,
    user: userOf(incoming),
    details,
    reviews: {
      status: reviews.status,
      podName: textOf(reviews.value['podname']),
      list: (reviews.value['reviews'] as Review[] | undefined) ?? [],
      error: textOf(reviews.value['error']),
    },
  });
  return {
    status: 200,
    body,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'self'; style-src 'unsafe-inline'",
    },
  };
}

async function api(path: string, incoming: IncomingMessage): Promise<Reply> {
  if (path === '' || path === '/') return json(200, products);
  const [, id, part] = /^\/(\d+)(?:\/(reviews|ratings))?$/.exec(path) ?? [];
  if (id === undefined) return json(404, { error: 'not found' });
  const headers = headersOf(incoming);
  const answer =
    part === 'reviews'
      ? await askReviews(Number(id), headers)
      : part === 'ratings'
        ? await ask(`${ratingsUrl}/${id}`, headers, 'Sorry, product ratings are currently unavailable for this book.')
        : await askDetails(Number(id), headers);
  return json(answer.status, answer.value);
}

const backTo = (cookie: string): Reply => ({
  status: 302,
  body: '',
  headers: { location: '/productpage', 'set-cookie': `${cookie}; Path=/; HttpOnly; SameSite=Lax` },
});

serve('productpage', (incoming, url, body) => {
  const apiPrefix = '/api/v1/products';
  if (url.pathname === '/health')
    return { status: 200, body: 'Product page is healthy', headers: { 'content-type': 'text/plain' } };
  if (url.pathname === '/productpage') return front(incoming);
  if (url.pathname === '/login' && incoming.method === 'POST') {
    return backTo(`session=${sign(new URLSearchParams(body).get('username') ?? '')}`);
  }
  if (url.pathname === '/logout') return backTo('session=; Max-Age=0');
  if (url.pathname.startsWith(apiPrefix)) return api(url.pathname.slice(apiPrefix.length), incoming);
  if (url.pathname === '/' || url.pathname === '/index.html') {
    return { status: 200, body: '<a href="/productpage">Product page</a>', headers: { 'content-type': 'text/html' } };
  }
  return json(404, { error: 'not found' });
});
