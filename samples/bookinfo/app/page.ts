// The product page's HTML. Whatever comes from another service or a user is escaped here and nowhere else.

export interface Product {
  readonly id: number;
  readonly title: string;
  readonly descriptionHtml: string;
}

export interface Review {
  readonly reviewer?: string;
  readonly text?: string;
  readonly rating?: { readonly stars?: number; readonly color?: string; readonly error?: string };
}

export interface PageParts {
  readonly product: Product;
  readonly user: string | undefined;
  readonly details: { readonly status: number; readonly value: Readonly<Record<string, unknown>> };
  readonly reviews: {
    readonly status: number;
    readonly podName: string;
    readonly list: readonly Review[];
    readonly error: string;
  };
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escapeHtml(text: unknown): string {
  return String(text).replace(/[&<>"']/g, (character) => escapes[character]!);
}

function starsOf(review: Review): string {
  const { rating } = review;
  if (rating === undefined) return '';
  if (rating.error !== undefined) return `<p class="warning">${escapeHtml(rating.error)}</p>`;
  const count = Math.max(0, Math.min(5, Math.trunc(rating.stars ?? 0)));
  const color = rating.color === 'red' ? 'red' : 'black';
  return `<p class="stars" style="color:${color}" data-stars="${count}">${'★'.repeat(count)}${'☆'.repeat(5 - count)}</p>`;
}

function reviewsHtml({ reviews }: PageParts): string {
  if (reviews.status !== 200) {
    return `<h3>Error fetching product reviews!</h3><p>${escapeHtml(reviews.error)}</p>`;
  }
  const items = reviews.list.map(
    (review) =>
      `<blockquote><p>${escapeHtml(review.text ?? '')}</p><footer>${escapeHtml(review.reviewer ?? '')}</footer></blockquote>${starsOf(review)}`,
  );
  return `<h3>Book Reviews</h3>${items.join('')}<p class="from">Reviews served by: <code>${escapeHtml(reviews.podName)}</code></p>`;
}

function detailsHtml({ details }: PageParts): string {
  if (details.status !== 200)
    return `<h3>Error fetching product details!</h3><p>${escapeHtml(details.value['error'] ?? '')}</p>`;
  const rows = Object.entries(details.value)
    .filter(([name]) => name !== 'id')
    .map(([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`);
  return `<h3>Book Details</h3><table>${rows.join('')}</table>`;
}

function userHtml(user: string | undefined): string {
  if (user !== undefined)
    return `<form method="get" action="/logout">${escapeHtml(user)} <button>Sign out</button></form>`;
  return `<form method="post" action="/login"><input name="username" placeholder="User name" aria-label="User name"><input name="passwd" type="password" placeholder="Any password" aria-label="Password"><button>Sign in</button></form>`;
}

const style =
  'body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem}header{display:flex;justify-content:space-between;align-items:center}' +
  'main{display:grid;grid-template-columns:1fr 1fr;gap:2rem}.stars{font-size:1.5rem;margin:0}th{text-align:left;padding-right:1rem}.warning{color:#a40}';

export function productPage(parts: PageParts): string {
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Simple Bookstore App</title><style>${style}</style></head>
<body><header><strong>Bookinfo Sample</strong>${userHtml(parts.user)}</header>
<h1>${escapeHtml(parts.product.title)}</h1><p>${parts.product.descriptionHtml}</p>
<main><section>${detailsHtml(parts)}</section><section>${reviewsHtml(parts)}</section></main></body></html>
`;
}
