import type { SQLOutputValue } from "node:sqlite";

/** A row of SQLite, read by the types of the schema, whose tables are STRICT. */
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
    if (typeof value !== "string") throw new TypeError(`${column} is not text`);
    return value;
  }

  number(column: string): number {
    const value = this.#columns[column];
    if (typeof value !== "number") throw new TypeError(`${column} is not a number`);
    return value;
  }
}
