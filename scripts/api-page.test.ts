import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const ROOT = join(import.meta.dirname, "..");
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

test("docs/reference/api.md lists exactly the routes of API v2", () => {
  const contract = read("packages/api/src/contract/v2/endpoints.ts");
  const routes = [...contract.matchAll(/method: "([A-Z]+)", path: "([^"]+)"/g)].map(
    ([, method, path]) => `${method} ${path}`,
  );
  const [, table = ""] = read("docs/reference/api.md").split("\n| route | does |\n");
  const rows = [...(table.split("\n\n")[0] ?? "").matchAll(/^\| `([A-Z]+ [^`]+)` \|/gm)].map(([, row]) => row);
  assert.ok(routes.length > 10);
  assert.deepEqual(new Set(rows), new Set(routes));
});
