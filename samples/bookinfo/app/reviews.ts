// reviews: two opinions on a book. v1 shows no stars, v2 black ones, v3 red ones: ENABLE_RATINGS and STAR_COLOR tell.
import { hostname } from 'node:os';
import { call, type Headers, headersToPass, json, serve, serviceHost } from './service.ts';

const ratingsEnabled = process.env['ENABLE_RATINGS'] === 'true';
const starColor = process.env['STAR_COLOR'] ?? 'black';
const ratingsUrl = `http://${serviceHost('RATINGS_HOSTNAME', 'ratings')}:${process.env['RATINGS_SERVICE_PORT'] ?? 9080}/ratings`;
// v2 waits long, v3 does not: the difference that the fault injection tasks show.
const ratingsTimeoutMs = starColor === 'black' ? 10_000 : 2500;

type Stars = { stars1: number; stars2: number } | undefined;

async function ratingsOf(id: string, headers: Headers): Promise<Stars> {
  try {
    const reply = await call(`${ratingsUrl}/${id}`, { timeoutMs: ratingsTimeoutMs, headers });
    if (reply.status !== 200) return undefined;
    const { ratings } = JSON.parse(reply.body) as { ratings?: Record<string, number> };
    return { stars1: ratings?.['Reviewer1'] ?? -1, stars2: ratings?.['Reviewer2'] ?? -1 };
  } catch (error) {
    console.error(`ratings did not answer: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function rating(stars: number | undefined): object {
  if (!ratingsEnabled) return {};
  if (stars === undefined) return { rating: { error: 'Ratings service is currently unavailable' } };
  return stars === -1 ? {} : { rating: { stars, color: starColor } };
}

serve('reviews', async (incoming, url) => {
  if (url.pathname === '/health') return json(200, { status: 'Reviews is healthy' });
  const [, id] = /^\/reviews\/(\d+)$/.exec(url.pathname) ?? [];
  if (id === undefined) return json(404, { error: 'not found' });
  const stars = ratingsEnabled ? await ratingsOf(id, headersToPass(incoming)) : undefined;
  return json(200, {
    id,
    podname: process.env['HOSTNAME'] ?? hostname(),
    clustername: process.env['CLUSTER_NAME'] ?? 'null',
    reviews: [
      {
        reviewer: 'Reviewer1',
        text: 'Two pairs of lovers, one forest, and not a single plan that survives the night. I laughed throughout.',
        ...rating(stars?.stars1),
      },
      {
        reviewer: 'Reviewer2',
        text: 'Light on its feet and shrewder than it looks; only the moon keeps its dignity.',
        ...rating(stars?.stars2),
      },
    ],
  });
});
