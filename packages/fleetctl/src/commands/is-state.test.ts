import assert from "node:assert/strict";
import { test } from "node:test";
import { MACHINE, testCluster } from "../cluster.fixture.ts";

test("is-active and is-failed answer with systemctl's words and exit codes", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["a.service", "b.service", "fails.service", "idle.service", "all.service"])
    await cluster.file(
      name,
      name === "all.service" ? "[Service]\nExecStart=/bin/true\n[X-Fleet]\nGlobal=true\n" : undefined,
    );
  await cluster.fleetctl("submit", "idle");
  await cluster.fleetctl("start", "a", "b", "all");
  await cluster.fleetctl("start", "fails");
  for (const [args, code, words] of [
    [["is-active", "a"], 0, "active"],
    [["is-active", "idle"], 3, "inactive"],
    [["is-active", "fails"], 3, "failed"],
    [["is-active", "unknown"], 3, "inactive"],
    [["is-active", "idle", "a", "fails"], 0, "inactive active failed"],
    [["is-active", "?.service"], 0, "active active"],
    [["is-active", "none*"], 3, ""],
    [["is-active", "--quiet", "a"], 0, ""],
    [["is-active", `all@${MACHINE.slice(0, 8)}`], 3, "inactive"],
    [["is-active", `all.service@${MACHINE.slice(0, 8)}`], 0, "active"],
    [["is-active", "all.service@web2.example.com"], 0, "active"],
    [["is-failed", "a"], 1, "active"],
    [["is-failed", "a", "fails"], 0, "active failed"],
    [["is-failed", "-q", "idle"], 1, ""],
  ] as const) {
    const answer = await cluster.fleetctl(...args);
    assert.deepEqual(
      [answer.code, answer.stdout.trim().split("\n").join(" "), answer.stderr],
      [code, words, ""],
      args.join(" "),
    );
  }
  await cluster.store.txn({ onSuccess: [{ delete: `machine/${MACHINE}` }] });
  const away = await cluster.fleetctl("is-active", "a", "all");
  assert.deepEqual([away.code, away.stdout], [3, "unknown\nunknown\n"]);
});
