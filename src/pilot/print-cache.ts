// Law 3: a resource is printed from a slice, and found again by a key computed from exactly that slice. Equal slices share bytes.
import { hash } from 'node:crypto';
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { toBinary } from '@bufbuild/protobuf';
import type { EncodedResource } from './proxy-resources.ts';

/** How one xDS type is printed. `Slice` is plain data: what `print` reads, and nothing else. */
export interface Printer<Slice, Desc extends DescMessage = DescMessage> {
  readonly schema: Desc;
  nameOf(slice: Slice): string;
  /** Depends on the slice alone. */
  print(slice: Slice): MessageShape<Desc>;
}

/** Slices that differ in anything that JSON tells have different keys: slices hold no maps, sets or bytes. */
export function sliceKey(slice: unknown): string {
  return hash('sha256', JSON.stringify(slice), 'base64');
}

/**
 * Keeps what was asked for under the newest model and the one before: what nobody has asked for since is printed again if need be.
 */
export class PrintCache {
  #recent = new Map<string, EncodedResource>();
  #older = new Map<string, EncodedResource>();
  /** Spares the key where proxies of one class hand in the very same slice. */
  readonly #bySlice = new WeakMap<object, EncodedResource>();
  #printed = 0;

  /** Resources printed and encoded so far, for the metrics. */
  get printed(): number {
    return this.#printed;
  }

  /** Call when a new model takes over. */
  turn(): void {
    // Nobody asked anything of the model that goes: what was known before it is still the newest.
    if (this.#recent.size === 0) return;
    this.#older = this.#recent;
    this.#recent = new Map();
  }

  encode<Slice extends object, Desc extends DescMessage>(printer: Printer<Slice, Desc>, slice: Slice): EncodedResource {
    const same = this.#bySlice.get(slice);
    if (same !== undefined) return same;
    const key = `${printer.schema.typeName} ${sliceKey(slice)}`;
    const known = this.#recent.get(key) ?? this.#older.get(key) ?? this.#print(printer, slice);
    this.#recent.set(key, known);
    this.#bySlice.set(slice, known);
    return known;
  }

  #print<Slice, Desc extends DescMessage>(printer: Printer<Slice, Desc>, slice: Slice): EncodedResource {
    this.#printed += 1;
    const bytes = toBinary(printer.schema, printer.print(slice));
    return { name: printer.nameOf(slice), version: hash('sha256', bytes, 'base64url').slice(0, 22), bytes };
  }
}
