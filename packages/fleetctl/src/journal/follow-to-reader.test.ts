import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { testCluster } from "../cluster.fixture.ts";

test("a followed journal ends with its reader, even while the unit logs nothing", { timeout: 60_000 }, async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("a.service");
  await cluster.fleetctl("start", "a.service");
  const main = join(import.meta.dirname, "../main.ts");
  const command = '{ "$0" "$1" --endpoint "$2" journal -o cat -f a.service; echo "ended with $?" >&2; } | head -n 1';
  const { stdout, stderr } = await promisify(execFile)("sh", ["-c", command, process.execPath, main, cluster.endpoint]);
  assert.deepEqual([stdout, stderr], ["a.service at 0\n", "ended with 0\n"]);
});
