import type { SQLOutputValue } from "node:sqlite";

/** A row as SQLite gives it, read by the types that the schema promises (its tables are STRICT). */
export class StoredRow {
  readonly #columns: Readonly<Record<string, SQLOutputValue>>;

  constructor(columns: Readonly<Record<string, SQLOutputValue>>) {
    this.#columns = columns;
  }

  has(column: string): boolean {
    return this.#columns[column] !== null;
  }

  text(column: string): string {
    const value = this.#columns[column];
    if (typeof value !== "string") throw new TypeError(`${column} is no text`);
    return value;
  }

  number(column: string): number {
    const value = this.#columns[column];
    if (typeof value !== "number") throw new TypeError(`${column} is no number`);
    return value;
  }
}
