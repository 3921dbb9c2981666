// The headers of one message: in order, names in lower case, values as latin1 strings. Two parallel arrays, no objects per header.

export class HeaderMap {
  readonly names: string[];
  readonly values: string[];

  /** Takes the arrays over. Names have to be in lower case already. */
  constructor(names: string[] = [], values: string[] = []) {
    this.names = names;
    this.values = values;
  }

  static of(headers: Readonly<Record<string, string>>): HeaderMap {
    const map = new HeaderMap();
    for (const [name, value] of Object.entries(headers)) map.add(name.toLowerCase(), value);
    return map;
  }

  get size(): number {
    return this.names.length;
  }

  has(name: string): boolean {
    return this.names.includes(name);
  }

  /** The first of that name. */
  get(name: string): string | undefined {
    const at = this.names.indexOf(name);
    return at < 0 ? undefined : this.values[at];
  }

  getAll(name: string): string[] {
    return this.values.filter((_, at) => this.names[at] === name);
  }

  /** All values of that name joined by a comma without a space, as Envoy matches them. */
  joined(name: string): string | undefined {
    let at = this.names.indexOf(name);
    if (at < 0) return undefined;
    let text = this.values[at]!;
    while ((at = this.names.indexOf(name, at + 1)) >= 0) text += `,${this.values[at]!}`;
    return text;
  }

  add(name: string, value: string): void {
    this.names.push(name);
    this.values.push(value);
  }

  /** Overwrites the first of that name in its place and removes the others. */
  set(name: string, value: string): void {
    const at = this.names.indexOf(name);
    if (at < 0) return this.add(name, value);
    this.values[at] = value;
    if (this.names.indexOf(name, at + 1) >= 0) this.#removeFrom(name, at + 1);
  }

  /** True if there was one. */
  remove(name: string): boolean {
    const at = this.names.indexOf(name);
    if (at < 0) return false;
    this.#removeFrom(name, at);
    return true;
  }

  #removeFrom(name: string, start: number): void {
    let to = start;
    for (let from = start; from < this.names.length; from++) {
      if (this.names[from] === name) continue;
      this.names[to] = this.names[from]!;
      this.values[to] = this.values[from]!;
      to++;
    }
    this.names.length = to;
    this.values.length = to;
  }

  clear(): void {
    this.names.length = 0;
    this.values.length = 0;
  }

  clone(): HeaderMap {
    return new HeaderMap(this.names.slice(), this.values.slice());
  }

  /** Names and values alone, as Envoy counts them: without separators. */
  bytes(): number {
    let sum = 0;
    for (let at = 0; at < this.names.length; at++) sum += this.names[at]!.length + this.values[at]!.length;
    return sum;
  }
}
