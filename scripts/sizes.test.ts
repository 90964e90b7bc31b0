import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const ROOT = join(import.meta.dirname, "..");

/** The most lines that the median file may have. Lower it when possible; never raise it. */
const MOST_MEDIAN = 48;

/** The most lines that 90 % of the files may have. Lower it when possible; never raise it. */
const MOST_P90 = 135;

/** The most lines that 95 % of the files may have. Lower it when possible; never raise it. */
const MOST_P95 = 170;

/** oxlint.config.ts limits the largest file and function. This test limits typical files. */
test("the sizes of files do not exceed the limits", () => {
  const sizes = globSync("packages/*/src/**/*.ts", { cwd: ROOT })
    .filter((path) => !/\.(test|live|fixture)\.ts$|-harness\.ts$|\/fixture\/|-contract\.ts$/.test(path))
    .map((path) => readFileSync(join(ROOT, path), "utf8").split("\n").length - 1)
    .sort((a, b) => a - b);
  assert.ok(sizes.length > 300, `found only ${sizes.length} files`);
  assert.ok(quantile(sizes, 0.5) <= MOST_MEDIAN, `the median file has ${quantile(sizes, 0.5)} lines`);
  assert.ok(quantile(sizes, 0.9) <= MOST_P90, `10 % of the files have more than ${quantile(sizes, 0.9)} lines`);
  assert.ok(quantile(sizes, 0.95) <= MOST_P95, `5 % of the files have more than ${quantile(sizes, 0.95)} lines`);
});

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
}
