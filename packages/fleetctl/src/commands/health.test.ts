import assert from "node:assert/strict";
import { test } from "node:test";
import { MACHINE, OTHER_MACHINE, testCluster, withoutCluster } from "../cluster.fixture.ts";

test("health says what is wrong, and exits with 0, 1 or 2", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["a.service", "nowhere.service", "fails.service"]) await cluster.file(name);
  await cluster.fleetctl("start", "a.service");
  const leaderless = await cluster.fleetctl("health");
  assert.equal(leaderless.code, 1);
  assert.match(
    leaderless.stdout,
    /^unhealthy: 2 machines, 1 wanted units; leader none; .*\nWRONG leader: no engine leads/,
  );
  await cluster.put("engine/leader", { machineID: MACHINE });
  const healthy = await cluster.fleetctl("health", "--wait", "20");
  assert.equal(healthy.code, 0, healthy.stdout);
  assert.match(
    healthy.stdout,
    /^healthy: 2 machines, 1 wanted units; leader 113f16a7\.\.\.\/172\.17\.8\.103; store embedded=/,
  );
  await cluster.fleetctl("start", "--no-block", "nowhere.service");
  await cluster.fleetctl("start", "fails.service");
  await cluster.put(`machine-settings/${OTHER_MACHINE}`, { cordon: { reason: "disk", since: 1 } });
  const { code, stdout } = await cluster.fleetctl("health");
  assert.equal(code, 1);
  assert.match(stdout, /^WRONG units: nowhere\.service has no machine: nowhere\.service cannot be placed; 2 machines/m);
  assert.match(stdout, /^WRONG units: fails\.service does not run on 113f16a7\.\.\.: last run ended with/m);
  assert.match(stdout, /^note machines: 85c0c595\.\.\.\/172\.17\.8\.102 cordoned: disk$/m);
  const json = JSON.parse((await cluster.fleetctl("health", "--output=json")).stdout) as { readonly state: string };
  assert.equal(json.state, "unhealthy");
});

test("health that cannot tell exits with 2", async () => {
  const { code, stderr } = await withoutCluster("health");
  assert.equal(code, 2);
  assert.match(stderr, /^cannot tell whether the cluster is healthy: cannot reach fleetd/);
});
