/** A tab stop every eight columns, as on terminals. */
const TAB_WIDTH = 8;

/**
 * Aligns rows in columns padded with tabs. The bytes equal those of Go's text/tabwriter with fleet's settings (minwidth
 * 0, tabwidth 8, padding 1, padchar tab), so that scripts for fleet's listings can read ours. All rows have the same
 * number of cells; the last cell of a row is not padded.
 */
export function alignWithTabs(rows: readonly (readonly string[])[]): string {
  const widths = columnWidths(rows);
  return rows.map((cells) => `${cells.map((cell, column) => pad(cell, widths[column])).join("")}\n`).join("");
}

/** One more than the longest cell, rounded up to a tab stop; undefined for the last column. */
function columnWidths(rows: readonly (readonly string[])[]): readonly (number | undefined)[] {
  const lengths: number[] = [];
  for (const cells of rows) {
    cells.forEach((cell, column) => {
      lengths[column] = Math.max(lengths[column] ?? 0, lengthOf(cell));
    });
  }
  return lengths.slice(0, -1).map((length) => Math.ceil((length + 1) / TAB_WIDTH) * TAB_WIDTH);
}

function pad(cell: string, width: number | undefined): string {
  return width === undefined ? cell : cell + "\t".repeat(Math.ceil((width - lengthOf(cell)) / TAB_WIDTH));
}

/** tabwriter counts characters, not bytes or terminal columns. */
function lengthOf(cell: string): number {
  return Array.from(cell).length;
}
