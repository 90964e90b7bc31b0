import assert from "node:assert/strict";
import { test } from "node:test";
import { MACHINE, testCluster } from "../cluster.fixture.ts";

const SAID = [
  "lost the connection to the journal of unwatched.service; following again",
  `cannot keep following the journal of unwatched.service: the daemon ends the stream; see \`journalctl -u fleet\` on machine ${MACHINE}; retrying every few seconds, press Ctrl-C to stop`,
];

test("a followed journal that breaks repeatedly is reported once, and its entries are printed", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("unwatched.service");
  await cluster.fleetctl("start", "unwatched.service");
  let isTold = false;
  const { code, stdout, stderr } = await cluster.fleetctlUntil(
    (told, out) => {
      if (!isTold && told.includes("the daemon ends the stream")) {
        isTold = true;
        cluster.log("unwatched.service", "news");
      }
      return out.includes("news");
    },
    ...["journal", "-o", "cat", "-f", "unwatched.service"],
  );
  assert.deepEqual([code, stderr.trimEnd().split("\n")], [0, SAID]);
  assert.match(stdout, /at 0\n.*at 2\nnews\n$/);
});
