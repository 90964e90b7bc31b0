import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Cluster, type Host, REPOSITORY, waitFor } from "../lab/index.ts";
import { apiRequest } from "./api-request.ts";
import { putFiles, SLEEPER, startUnits } from "./running-units.ts";

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({ hosts: 2, config: () => ({ agent_ttl: "5s" }) });
});
after(() => cluster.down());

/** Returns a metric's value; 0 while it has no samples. */
async function metric(host: Host, line: string): Promise<number> {
  const { status, text } = await apiRequest(host, "/metrics");
  assert.equal(status, 200);
  const found = text.split("\n").find((one) => one.startsWith(`${line} `));
  return Number(found?.slice(line.length + 1) ?? 0);
}

/** The nine metrics of fleet 1.0 (metrics/metrics.go). */
const FLEETS: Readonly<Record<string, string>> = {
  fleet_engine_leader_start_time: "gauge",
  fleet_engine_task_count_total: "counter",
  fleet_engine_task_failure_count_total: "counter",
  fleet_engine_reconcile_count_total: "counter",
  fleet_engine_reconcile_duration_second: "histogram",
  fleet_engine_reconcile_failure_count_total: "counter",
  fleet_registry_operation_count_total: "counter",
  fleet_registry_operation_failed_count_total: "counter",
  fleet_registry_operation_duration_second: "histogram",
};

function typesIn(text: string, metric: RegExp): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(metric)].map(([, name = "", type = ""]) => [name, type]));
}

test("every daemon has exactly the metrics that docs/reference/metrics.md lists, including fleet's nine", async () => {
  const page = await readFile(join(REPOSITORY, "docs/reference/metrics.md"), "utf8");
  const listed = typesIn(page, /^\| `(fleet_\w+)` \| (\w+) \|/gm);
  for (const [name, type] of Object.entries(FLEETS)) assert.equal(listed.get(name), type, name);
  for (const host of cluster.hosts) {
    const { text } = await apiRequest(host, "/metrics");
    assert.deepEqual(typesIn(text, /^# TYPE (fleet_\w+) (\w+)$/gm), listed);
  }
});

test("the leading engine counts its work, and each agent counts its units", async () => {
  await startUnits(cluster, cluster.host(1), { "a.service": SLEEPER, "b.service": SLEEPER });
  const leading = await Promise.all(cluster.hosts.map((host) => metric(host, "fleet_engine_leading")));
  assert.deepEqual(
    leading.toSorted((a, b) => a - b),
    [0, 1],
  );
  const leader = cluster.host(leading.indexOf(1) + 1);
  const now = Date.now() / 1000;
  const since = await metric(leader, "fleet_engine_leader_start_time");
  assert.ok(since > now - 120 && since <= now, String(since));
  assert.equal(await metric(leader, 'fleet_engine_task_count_total{type="attemptscheduleunit"}'), 2);
  assert.ok((await metric(leader, "fleet_engine_reconcile_count_total")) > 0);
  assert.ok((await metric(leader, "fleet_engine_reconcile_duration_second_count")) > 0);
  const nowhere = `${SLEEPER}\n[X-Fleet]\nMachineMetadata=no=where\n`;
  await putFiles(leader, { "nowhere.service": nowhere });
  await cluster.fleetctl(leader, ["start", "--no-block", "/tmp/units/nowhere.service"]);
  const failures = 'fleet_engine_reconcile_failure_count_total{type="schedule"}';
  await waitFor("the unplaced unit to be counted", async () => (await metric(leader, failures)) > 0);
  await cluster.fleetctl(leader, ["destroy", "nowhere.service", "b.service"]);
  const unscheduled = 'fleet_engine_task_count_total{type="unscheduleunit"}';
  await waitFor("the removed assignment to be counted", async () => (await metric(leader, unscheduled)) === 1);
  await startUnits(cluster, cluster.host(1), { "b.service": SLEEPER });
  for (const host of cluster.hosts) {
    assert.ok((await metric(host, 'fleet_registry_operation_duration_second_count{ops="set"}')) > 0);
    assert.equal(await metric(host, "fleet_agent_joined"), 1);
    assert.equal(await metric(host, 'fleet_agent_units{state="assigned"}'), 1);
    assert.ok((await metric(host, 'fleet_registry_operation_count_total{type="set"}')) > 0);
    await waitFor(
      "a heartbeat",
      async () => (await metric(host, 'fleet_store_lease_renewals_total{outcome="renewed"}')) > 0,
    );
  }
});

test("counters outlive a reload of the configuration", async () => {
  const host = cluster.host(1);
  const put = 'fleet_api_requests_total{method="PUT",route="/fleet/v2/units/:name",status="201"}';
  const before = await metric(host, put);
  assert.ok(before > 0);
  await host.run(["systemctl", "reload", "fleet.service"]);
  await cluster.waitForMachines(2, host);
  assert.equal(await metric(host, put), before);
});

test("while the store is unreachable, metrics show the outage and the API answers 503", async () => {
  const host = cluster.host(1);
  cluster.etcd.freeze();
  assert.equal((await apiRequest(host, "/fleet/v1/units")).status, 503);
  assert.ok((await metric(host, 'fleet_registry_operation_failed_count_total{type="revision"}')) > 0);
  await waitFor("the lease to be lost", async () => (await metric(host, "fleet_agent_joined")) === 0, {
    timeoutMs: 15_000,
  });
  assert.ok((await metric(host, 'fleet_store_lease_renewals_total{outcome="failed"}')) > 0);
  assert.equal((await apiRequest(host, "/fleet/v1/units")).status, 503);
  cluster.etcd.thaw();
  await waitFor("the machine to join again", async () => (await metric(host, "fleet_agent_joined")) === 1, {
    timeoutMs: 15_000,
  });
});

test("a daemon that waits for another daemon on its host serves metrics", async () => {
  const host = cluster.host(1);
  const socket = "/run/second.sock";
  await host.run(["systemd-run", "--unit=second", "fleetd", "--listen", `unix://${socket}`]);
  await waitFor(
    "the second daemon to refuse requests",
    async () => (await apiRequest(host, "/fleet/v1/units", { socket })).status === 503,
  );
  const { status, text } = await apiRequest(host, "/metrics", { socket });
  assert.equal(status, 200);
  assert.match(text, /^fleet_agent_joined 0$/m);
  await host.run(["systemctl", "stop", "second.service"]);
});
