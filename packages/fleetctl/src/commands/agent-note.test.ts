import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "@flotilla/api/client";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { MACHINE, withoutClusterWith } from "../cluster.fixture.ts";
import type { Environment } from "../environment.ts";

/** A daemon that takes its clients for this kind of caller. */
function connectAs(kind: "local" | "machine"): Environment["connect"] {
  const client = {
    whoAmI: async () => ({ kind, name: MACHINE }),
    listMembers: async () => ({ machines: [], away: [], hold: undefined }),
    getHold: async () => undefined,
    getUnit: async () => {
      throw new ApiError(404, { id: "unit-not-found", message: "there is no such unit" });
    },
    getUnitStatus: async () => [],
  } as unknown as ClusterClient;
  return async () => ({ client, explain: async (error) => error, close: async () => {} });
}

test("a listing says that an agent shows only its own machine; with a token, or of a server, it does not", async () => {
  const list = ["list-machines", "--no-legend"];
  const listed = await withoutClusterWith({ connect: connectAs("machine") }, ...list);
  assert.deepEqual([listed.code, listed.stdout], [0, ""]);
  assert.match(listed.stderr, /^this machine is an agent, which shows only itself .* give --token or FLEETCTL_TOKEN/);
  assert.equal((await withoutClusterWith({ connect: connectAs("local") }, ...list)).stderr, "");
  const withToken = { connect: connectAs("machine"), variables: { FLEETCTL_TOKEN: "fleet1.x" } };
  assert.equal((await withoutClusterWith(withToken, ...list)).stderr, "");
});

test("status of a unit that the agent does not have says so, too", async () => {
  const { code, stderr } = await withoutClusterWith({ connect: connectAs("machine") }, "status", "web.service");
  assert.equal(code, 4);
  assert.match(stderr, /this machine is an agent.*\nUnit web\.service does not exist\.\n$/);
});
