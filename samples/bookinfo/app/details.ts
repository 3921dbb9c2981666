// details: facts about one book.
import { json, serve } from './service.ts';

serve('details', (_incoming, url) => {
  if (url.pathname === '/health') return json(200, { status: 'Details is healthy' });
  const [, id] = /^\/details\/([^/]+)$/.exec(url.pathname) ?? [];
  if (id === undefined) return json(404, { error: 'not found' });
  if (!/^\d+$/.test(id)) return json(400, { error: 'please provide numeric product id' });
  return json(200, {
    id: Number(id),
    author: 'William Shakespeare',
    year: 1595,
    type: 'paperback',
    pages: 200,
    publisher: 'PublisherA',
    language: 'English',
    'ISBN-10': '1234567890',
    'ISBN-13': '123-1234567890',
  });
});
