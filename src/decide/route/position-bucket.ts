// Positions of routes whose path conditions hold together. Those that want an exact value of a header are found by that value, so
// that thousands of routes on one path, told apart by a header, do not slow a request down.
import type { RouteMatch } from '../config/route-match.ts';
import { type RequestView, requestHeader } from '../request-view.ts';

export type Accepts = (position: number) => boolean;

/** More kinds of headers than this are not worth a map each. */
const mostHeaders = 4;

export class PositionBucket {
  readonly #plain: number[] = [];
  readonly #byHeader = new Map<string, Map<string, number[]>>();

  /** `position` must not fall from one call to the next. */
  add(match: RouteMatch, position: number): void {
    const key = exactHeader(match);
    const known = key && this.#byHeader.get(key.name);
    if (key === undefined || (known === undefined && this.#byHeader.size === mostHeaders)) {
      this.#plain.push(position);
      return;
    }
    const values = known ?? new Map<string, number[]>();
    this.#byHeader.set(key.name, values);
    const positions = values.get(key.value);
    if (positions === undefined) values.set(key.value, [position]);
    else positions.push(position);
  }

  /** The lowest position below `best` that `accepts` takes; else `best`. */
  lowest(request: RequestView, best: number, accepts: Accepts): number {
    let lowest = lowestOf(this.#plain, best, accepts);
    if (this.#byHeader.size === 0) return lowest;
    for (const [name, values] of this.#byHeader) lowest = lowestByHeader(request, { name, values }, lowest, accepts);
    return lowest;
  }
}

/** Any of several values of a header will do. */
function lowestByHeader(
  request: RequestView,
  { name, values }: { readonly name: string; readonly values: ReadonlyMap<string, readonly number[]> },
  best: number,
  accepts: Accepts,
): number {
  if (name.charCodeAt(0) === 58 || name === 'host') {
    return lowestOf(values.get(requestHeader(request, name) ?? ''), best, accepts);
  }
  const { headers } = request;
  let lowest = best;
  for (let at = headers.names.indexOf(name); at >= 0; at = headers.names.indexOf(name, at + 1)) {
    lowest = lowestOf(values.get(headers.values[at]!), lowest, accepts);
  }
  return lowest;
}

/** Positions are in rising order. */
function lowestOf(positions: readonly number[] | undefined, best: number, accepts: Accepts): number {
  if (positions === undefined) return best;
  for (let at = 0; at < positions.length; at++) {
    const position = positions[at]!;
    if (position >= best) return best;
    if (accepts(position)) return position;
  }
  return best;
}

/** A value without which the route cannot match. Own headers tell routes better apart than the method does. */
function exactHeader({ headers }: RouteMatch): { readonly name: string; readonly value: string } | undefined {
  let found: { name: string; value: string } | undefined;
  for (const { name, match, invert } of headers) {
    if (invert || match.kind !== 'exact' || match.ignoreCase || match.value === '') continue;
    if (found === undefined || found.name === ':method') found = { name, value: match.value };
  }
  return found;
}
