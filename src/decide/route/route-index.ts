// Finds the first route of a virtual host that matches, without looking at all of them: exactly what a scan would return.
import type { Route } from '../config/route.ts';
import type { RouteMatch } from '../config/route-match.ts';
import { asciiLower } from '../match/ascii.ts';
import { literalPrefix } from '../match/regex-prefix.ts';
import type { RequestView } from '../request-view.ts';
import { type MatchInput, matchesPath, matchesRest, matchesRoute } from './match.ts';
import { type Accepts, PositionBucket } from './position-bucket.ts';
import { PrefixTree } from './prefix-tree.ts';

/** Position of the first route that matches, or -1. The definition that the index is held against. */
export function scanRoutes(routes: readonly Route[], input: MatchInput): number {
  return routes.findIndex((route) => matchesRoute(route.match, input));
}

/** By exact path and by prefix, apart for routes that ignore case: those are held against the lower-cased path. */
class PathBuckets {
  readonly #exact = new Map<string, PositionBucket>();
  readonly #prefixes = new PrefixTree();
  used = false;

  exact(path: string): PositionBucket {
    this.used = true;
    const bucket = this.#exact.get(path) ?? new PositionBucket();
    this.#exact.set(path, bucket);
    return bucket;
  }

  prefix(prefix: string): PositionBucket {
    this.used = true;
    return this.#prefixes.bucket(prefix);
  }

  lowest(path: string, request: RequestView, best: number, accepts: Accepts): number {
    const exact = this.#exact.get(path);
    const lowest = exact === undefined ? best : exact.lowest(request, best, accepts);
    return this.#prefixes.lowest(path, request, lowest, accepts);
  }
}

export class RouteIndex {
  readonly #routes: readonly Route[];
  readonly #asWritten = new PathBuckets();
  readonly #lowerCase = new PathBuckets();
  readonly #connect = new PositionBucket();
  #input: MatchInput | undefined;
  readonly #accepts = (position: number): boolean => this.#holds(position);

  constructor(routes: readonly Route[]) {
    this.#routes = routes;
    for (const [position, route] of routes.entries()) this.#add(route, position);
  }

  #add({ match }: Route, position: number): void {
    this.#bucketOf(match).add(match, position);
  }

  #bucketOf({ path, caseSensitive }: RouteMatch): PositionBucket {
    if (path.kind === 'connect') return this.#connect;
    if (path.kind === 'regex') return this.#asWritten.prefix(literalPrefix(path.pattern));
    const buckets = caseSensitive ? this.#asWritten : this.#lowerCase;
    const value = caseSensitive ? path.value : asciiLower(path.value);
    return path.kind === 'exact' ? buckets.exact(value) : buckets.prefix(value);
  }

  /** Each bucket is asked for a lower position than the best so far: cheap ones first, so that regexes are rarely run. */
  find(input: MatchInput): number {
    const { path, request } = input;
    this.#input = input;
    let best = this.#routes.length;
    if (path !== '' || request.method !== 'CONNECT') {
      if (this.#asWritten.used) best = this.#asWritten.lowest(path, request, best, this.#accepts);
      if (this.#lowerCase.used) best = this.#lowerCase.lowest(asciiLower(path), request, best, this.#accepts);
    }
    if (request.method === 'CONNECT') best = this.#connect.lowest(request, best, this.#accepts);
    this.#input = undefined;
    return best === this.#routes.length ? -1 : best;
  }

  /** A prefix or path that was found by its bucket holds; what needs more than that is checked whole. */
  #holds(position: number): boolean {
    const { match } = this.#routes[position]!;
    if (!matchesRest(match, this.#input!)) return false;
    const { kind } = match.path;
    return kind === 'prefix' || kind === 'exact' || matchesPath(match, this.#input!);
  }
}
