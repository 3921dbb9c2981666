// ratings: the stars that reviewers gave, kept in memory. SERVICE_VERSION makes it misbehave on purpose.
import { json, type Reply, serve } from './service.ts';

type Ratings = Record<string, number>;

const version = process.env['SERVICE_VERSION'] ?? 'v1';
const byProduct = new Map<number, Ratings>();
const maxProducts = 1000;
const startedAtMs = Date.now();

/** `v-unavailable` and `v-unhealthy` alternate every minute between working and failing. */
function failing(): boolean {
  return (
    (version === 'v-unavailable' || version === 'v-unhealthy') &&
    Math.floor((Date.now() - startedAtMs) / 60_000) % 2 === 1
  );
}

function put(id: number, body: string): Reply {
  let ratings: unknown;
  try {
    ratings = JSON.parse(body);
  } catch {
    return json(400, { error: 'please provide valid ratings JSON' });
  }
  if (typeof ratings !== 'object' || ratings === null) return json(400, { error: 'please provide valid ratings JSON' });
  if (byProduct.size >= maxProducts && !byProduct.has(id)) return json(507, { error: 'too many products' });
  byProduct.set(id, ratings as Ratings);
  return json(200, { id, ratings });
}

function get(id: number): Reply {
  return json(200, { id, ratings: byProduct.get(id) ?? { Reviewer1: 5, Reviewer2: 4 } });
}

serve('ratings', async (incoming, url, body) => {
  if (url.pathname === '/health') {
    return version === 'v-unhealthy' && failing()
      ? json(500, { status: 'Ratings is not healthy' })
      : json(200, { status: 'Ratings is healthy' });
  }
  const [, text] = /^\/ratings\/([^/]+)$/.exec(url.pathname) ?? [];
  if (text === undefined) return json(404, { error: 'not found' });
  if (!/^\d+$/.test(text)) return json(400, { error: 'please provide numeric product ID' });
  if (failing()) return json(503, { error: 'Service unavailable' });
  if (version === 'v-delayed' && Math.random() < 0.5) await new Promise((resolve) => setTimeout(resolve, 7000));
  return incoming.method === 'POST' ? put(Number(text), body) : get(Number(text));
});
