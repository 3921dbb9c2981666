// Finds the first route of a virtual host that matches, without looking at all of them: exactly what a scan would return.
import type { Route } from '../config/route.ts';
import { asciiLower } from '../match/ascii.ts';
import { literalPrefix } from '../match/regex-prefix.ts';
import { type MatchInput, matchesRest, matchesRoute } from './match.ts';
import { lowestOf, PrefixTree } from './prefix-tree.ts';

/** Position of the first route that matches, or -1. The definition that the index is held against. */
export function scanRoutes(routes: readonly Route[], input: MatchInput): number {
  return routes.findIndex((route) => matchesRoute(route.match, input));
}

/** Positions by exact path and by prefix, apart for routes that ignore case: those are held against the lower-cased path. */
class PathBuckets {
  readonly exact = new Map<string, number[]>();
  readonly prefixes = new PrefixTree();
  used = false;

  addExact(path: string, position: number): void {
    this.used = true;
    const positions = this.exact.get(path);
    if (positions === undefined) this.exact.set(path, [position]);
    else positions.push(position);
  }

  addPrefix(prefix: string, position: number): void {
    this.used = true;
    this.prefixes.add(prefix, position);
  }
}

export class RouteIndex {
  readonly #routes: readonly Route[];
  readonly #asWritten = new PathBuckets();
  readonly #lowerCase = new PathBuckets();
  readonly #connect: number[] = [];
  #input: MatchInput | undefined;
  readonly #accepts = (position: number): boolean => this.#holds(position);
  readonly #acceptsRest = (position: number): boolean => matchesRest(this.#routes[position]!.match, this.#input!);

  constructor(routes: readonly Route[]) {
    this.#routes = routes;
    for (const [position, route] of routes.entries()) this.#add(route, position);
  }

  #add({ match }: Route, position: number): void {
    if (match.path.kind === 'connect') this.#connect.push(position);
    else if (match.path.kind === 'regex') this.#asWritten.addPrefix(literalPrefix(match.path.pattern), position);
    else {
      const buckets = match.caseSensitive ? this.#asWritten : this.#lowerCase;
      const value = match.caseSensitive ? match.path.value : asciiLower(match.path.value);
      if (match.path.kind === 'exact') buckets.addExact(value, position);
      else buckets.addPrefix(value, position);
    }
  }

  /** Each bucket is asked for a lower position than the best so far: cheap ones first, so that regexes are rarely run. */
  find(input: MatchInput): number {
    this.#input = input;
    let best = this.#routes.length;
    if (input.path !== '' || input.request.method !== 'CONNECT') {
      if (this.#asWritten.used) best = this.#lowest(this.#asWritten, input.path, best);
      if (this.#lowerCase.used) best = this.#lowest(this.#lowerCase, asciiLower(input.path), best);
    }
    if (this.#connect.length > 0) best = lowestOf(this.#connect, best, this.#accepts);
    this.#input = undefined;
    return best === this.#routes.length ? -1 : best;
  }

  #lowest(buckets: PathBuckets, path: string, best: number): number {
    const exact = buckets.exact.get(path);
    if (exact !== undefined) best = lowestOf(exact, best, this.#acceptsRest);
    return buckets.prefixes.lowest(path, best, this.#accepts);
  }

  /** A prefix that was found by the tree holds; what needs more than that is checked whole. */
  #holds(position: number): boolean {
    const { match } = this.#routes[position]!;
    if (match.path.kind === 'prefix') return matchesRest(match, this.#input!);
    return matchesRest(match, this.#input!) && matchesRoute(match, this.#input!);
  }
}
