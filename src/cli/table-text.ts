// A server's table as aligned text.
import type { Table } from '../galley/api-server/object-table-view.ts';

export class TableText {
  readonly #namespaces: boolean;
  #widths: number[] = [];

  constructor({ namespaces }: { namespaces: boolean }) {
    this.#namespaces = namespaces;
  }

  /** With its heading. `title` goes before each name when several kinds are shown. */
  whole(table: Table, title = ''): string {
    const heading = table.columnDefinitions.map(({ name }) => name.toUpperCase());
    const rows = this.#cells(table, title);
    const lines = [this.#namespaces ? ['NAMESPACE', ...heading] : heading, ...rows];
    this.#widths = lines.reduce<number[]>(
      (widths, line) => line.map((cell, i) => Math.max(widths[i] ?? 0, cell.length)),
      [],
    );
    return this.#text(lines);
  }

  /** Rows that came later, in the same columns. */
  more(table: Table): string {
    return this.#widths.length === 0 ? this.whole(table) : this.#text(this.#cells(table, ''));
  }

  #cells({ rows }: Table, title: string): string[][] {
    return rows.map(({ cells, object }) => {
      const texts = cells.map((cell, i) => (i === 0 ? title : '') + textOf(cell));
      return this.#namespaces ? [namespaceOf(object), ...texts] : texts;
    });
  }

  #text(lines: readonly string[][]): string {
    const line = (cells: string[]): string =>
      cells
        .map((cell, i) => cell.padEnd(this.#widths[i] ?? 0))
        .join('   ')
        .trimEnd();
    return lines.map((cells) => `${line(cells)}\n`).join('');
  }
}

function textOf(cell: unknown): string {
  return typeof cell === 'string' ? cell : JSON.stringify(cell);
}

function namespaceOf(object: object): string {
  const metadata: unknown = Reflect.get(object, 'metadata');
  const namespace: unknown =
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'namespace') : '';
  return typeof namespace === 'string' ? namespace : '';
}
