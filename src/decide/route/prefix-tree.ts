// A radix tree over path prefixes: finds all prefixes of a path in one walk along it.
import type { RequestView } from '../request-view.ts';
import { type Accepts, PositionBucket } from './position-bucket.ts';

export class PrefixTree {
  readonly #root: Node = node('');

  /** The bucket of a prefix, which is made if there is none. */
  bucket(prefix: string): PositionBucket {
    let at = this.#root;
    let rest = prefix;
    while (rest !== '') {
      const child = at.children.get(rest.charCodeAt(0));
      if (child === undefined) {
        const leaf = node(rest);
        at.children.set(rest.charCodeAt(0), leaf);
        at = leaf;
        break;
      }
      const shared = sharedLength(child.label, rest);
      at = shared === child.label.length ? child : split(at, child, shared);
      rest = rest.slice(shared);
    }
    at.bucket ??= new PositionBucket();
    return at.bucket;
  }

  /** The lowest position below `best` that `accepts` takes, among all prefixes of the path; else `best`. */
  lowest(path: string, request: RequestView, best: number, accepts: Accepts): number {
    let at: Node | undefined = this.#root;
    let offset = 0;
    while (at !== undefined) {
      if (at.bucket !== undefined) best = at.bucket.lowest(request, best, accepts);
      if (offset >= path.length) break;
      const child: Node | undefined = at.children.get(path.charCodeAt(offset));
      if (child === undefined || !path.startsWith(child.label, offset)) break;
      offset += child.label.length;
      at = child;
    }
    return best;
  }
}

interface Node {
  label: string;
  bucket: PositionBucket | undefined;
  readonly children: Map<number, Node>;
}

function node(label: string): Node {
  return { label, bucket: undefined, children: new Map() };
}

function sharedLength(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

/** Puts a node between parent and child that holds what the child's label shares with a new prefix. */
function split(parent: Node, child: Node, shared: number): Node {
  const middle = node(child.label.slice(0, shared));
  parent.children.set(middle.label.charCodeAt(0), middle);
  child.label = child.label.slice(shared);
  middle.children.set(child.label.charCodeAt(0), child);
  return middle;
}
