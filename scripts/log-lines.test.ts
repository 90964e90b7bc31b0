import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const ROOT = join(import.meta.dirname, "..");
const PAGE = readFileSync(join(ROOT, "docs/day-2.md"), "utf8");
const SOURCES = globSync("packages/*/src/**/*.ts", { cwd: ROOT })
  .filter((file) => !/\.(test|fixture|live)\.ts$/.test(file))
  .map((file) => readFileSync(join(ROOT, file), "utf8"));

test("the code writes each log line that docs/day-2.md names", () => {
  const lines = PAGE.split(/\n{2,}/).flatMap(logLinesOf);
  assert.ok(lines.length > 8);
  assert.deepEqual(
    lines.filter((line) => !SOURCES.some((text) => text.includes(line))),
    [],
  );
});

/** The texts in the column "log line" of a table. */
function logLinesOf(block: string): readonly string[] {
  const [header = [], , ...rows] = block.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const column = header.indexOf("log line");
  return rows.flatMap((cells) => [...(cells[column] ?? "").matchAll(/`([^`]+)`/g)].map(([, line = ""]) => line));
}
