import { UsageError } from "../command-error.ts";
import type { Output } from "../environment.ts";
import { writeJson } from "./json.ts";
import { alignWithTabs } from "./tab-writer.ts";

/** The columns of a listing. Their names are `--fields`' values and, in capitals, the header. */
export type Columns<Row> = Readonly<Record<string, (row: Row, full: boolean) => string>>;

export interface ListingOptions {
  readonly fields: string;
  readonly full?: boolean;
  readonly legend: boolean;
  readonly output: "text" | "json";
}

/**
 * Reads the value of `--fields`.
 *
 * @param fields column names separated by commas, in the order to show.
 * @throws UsageError for an unknown column, naming the known ones.
 */
export function parseFields<Row>(fields: string, columns: Columns<Row>): readonly string[] {
  const names = fields.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !Object.hasOwn(columns, name));
  if (unknown === undefined) return names;
  throw new UsageError(`unknown column ${JSON.stringify(unknown)} in --fields: use ${Object.keys(columns).join(",")}`);
}

/** Writes rows as a table or as JSON. JSON has all fields, whatever columns were chosen. */
export function writeListing<Row>(
  out: Output,
  rows: readonly Row[],
  columns: Columns<Row>,
  options: ListingOptions,
): void {
  if (options.output === "json") {
    writeJson(out, rows);
    return;
  }
  const names = parseFields(options.fields, columns);
  const cells = rows.map((row) => names.map((name) => cellOf(columns[name]?.(row, options.full ?? false))));
  const header = names.map((name) => name.toUpperCase());
  out.write(alignWithTabs(options.legend ? [header, ...cells] : cells));
}

/** A missing value is a dash, and white space in a value must not break its row. */
function cellOf(value: string | undefined): string {
  return value ? value.replace(/\s/g, " ") : "-";
}
