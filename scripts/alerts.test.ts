import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "..");
const RULES = join(ROOT, "examples/monitoring/alerts.yml");

test("Prometheus accepts the shipped alert rules, and they fire as their tests say", async () => {
  const run = promisify(execFile);
  await run("promtool", ["check", "rules", RULES]);
  await run("promtool", ["test", "rules", join(ROOT, "examples/monitoring/alerts.test.yml")]);
});

test("the alert rules use only metrics that docs/reference/metrics.md describes", async () => {
  const [rules, docs] = await Promise.all([
    readFile(RULES, "utf8"),
    readFile(join(ROOT, "docs/reference/metrics.md"), "utf8"),
  ]);
  const used = new Set(rules.match(/\bfleet_\w+/g));
  assert.ok(used.size > 5);
  const unknown = [...used].filter((name) => !docs.includes(`\`${name}\``));
  assert.deepEqual(unknown, []);
});
