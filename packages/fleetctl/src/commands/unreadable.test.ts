import assert from "node:assert/strict";
import { test } from "node:test";
import { testCluster } from "../cluster.fixture.ts";

const UNREADABLE =
  "cannot read unit a.service: its record or its file in the store is invalid or exceeds a limit; submit it again with replace, or destroy it\n";

test("an unreadable unit is reported, replaced and destroyed", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("a.service");
  await cluster.put("unit/a.service", { digest: 5 });
  const nothing = "nothing was changed; see fleetctl list-unit-files for the known units\n";
  for (const [args, code, stderr] of [
    [["stop", "a"], 1, `${UNREADABLE}${nothing}`],
    [["restart", "a", "none"], 1, `${UNREADABLE}unit none.service not found in the cluster\n${nothing}`],
    [["cat", "a"], 1, UNREADABLE],
    [["status", "a"], 1, UNREADABLE],
    [["journal", "a"], 1, UNREADABLE],
  ] as const)
    assert.deepEqual(await cluster.fleetctl(...args), { code, stdout: "", stderr }, args.join(" "));

  assert.equal((await cluster.fleetctl("submit", "--replace", "a.service")).code, 0);
  assert.equal((await cluster.fleetctl("cat", "a")).code, 0);

  await cluster.put("unit/a.service", { digest: 5 });
  assert.deepEqual(await cluster.fleetctl("destroy", "a", "none"), {
    code: 1,
    stdout: "Destroyed a.service\n",
    stderr: "unit none.service not found in the cluster\n",
  });
  assert.equal((await cluster.store.range({ prefix: "unit/" })).count, 0);
});
