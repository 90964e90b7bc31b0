import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import type { Decision } from "@flotilla/schedule";
import { StoreUnavailableError } from "@flotilla/store";
import { MemoryStore } from "@flotilla/store/memory";
import { DaemonMetrics } from "./daemon-metrics.ts";
import { ObservedStore } from "./observed-store.ts";

/** Prometheus names of fleet 1.0: metrics/metrics.go, with its namespace. */
const OF_FLEET = [
  ["fleet_engine_leader_start_time", "gauge"],
  ["fleet_engine_task_count_total", "counter"],
  ["fleet_engine_task_failure_count_total", "counter"],
  ["fleet_engine_reconcile_count_total", "counter"],
  ["fleet_engine_reconcile_duration_second", "histogram"],
  ["fleet_engine_reconcile_failure_count_total", "counter"],
  ["fleet_registry_operation_count_total", "counter"],
  ["fleet_registry_operation_failed_count_total", "counter"],
  ["fleet_registry_operation_duration_second", "histogram"],
] as const;

const clock = new ManualClock();
const on = { writes: [], basis: [], sentence: "" };
const wanted = { reason: { code: "wanted", choice: { by: "global" } } } as const;
const placed: Decision = { ...on, ...wanted, kind: "place", unit: "a.service", to: "m1" };
const moved: Decision = { ...placed, kind: "move", from: "m1", to: "m2", reason: { code: "machine-gone" } };
const notAllowed: Decision = {
  ...on,
  kind: "unplace",
  unit: "a.service",
  from: "m1",
  reason: { code: "not-allowed", rule: "MachineMetadata", subject: "zone=a" },
};
const refused: Decision = {
  ...on,
  kind: "unplaceable",
  unit: "b.service",
  reason: { code: "refused", refusal: { groups: [], others: 0, rules: new Set() } },
};

async function linesOf(metrics: DaemonMetrics): Promise<Set<string>> {
  return new Set((await metrics.text()).split("\n"));
}

test("fleet's nine metrics have their names and types, and docs/reference/metrics.md lists every metric of Flotilla", async () => {
  const text = await new DaemonMetrics(clock, "1.2.3").text();
  for (const [name, type] of OF_FLEET) assert.match(text, new RegExp(`^# TYPE ${name} ${type}$`, "m"));
  const documentation = await readFile(new URL("../../../../docs/reference/metrics.md", import.meta.url), "utf8");
  for (const [, name] of text.matchAll(/^# TYPE (fleet_\w+) /gm))
    assert.ok(documentation.includes(`\`${name}\``), name);
});

test("the engine's events are counted under fleet's names", async () => {
  const metrics = new DaemonMetrics(clock, "1.2.3");
  const { onLead, onPass, onDecisions } = metrics.engine;
  onLead?.(true);
  onPass?.({ durationMs: 3, failed: false });
  onPass?.({ durationMs: 3, failed: true });
  onDecisions?.("written", [placed, moved, notAllowed]);
  onDecisions?.("not-written", [placed]);
  onDecisions?.("refused", [refused]);
  const lines = await linesOf(metrics);
  for (const line of [
    `fleet_engine_leader_start_time ${Math.floor(clock.wall() / 1000)}`,
    "fleet_engine_leading 1",
    "fleet_engine_reconcile_count_total 1",
    'fleet_engine_reconcile_duration_second_bucket{le="0.005"} 1',
    'fleet_engine_task_count_total{type="attemptscheduleunit"} 2',
    'fleet_engine_task_count_total{type="unscheduleunit"} 2',
    'fleet_engine_task_failure_count_total{type="attemptscheduleunit"} 1',
    'fleet_engine_reconcile_failure_count_total{type="machine_away"} 1',
    'fleet_engine_reconcile_failure_count_total{type="run"} 1',
    'fleet_engine_reconcile_failure_count_total{type="schedule"} 1',
  ]) {
    assert.ok(lines.has(line), `${line}\n${[...lines].filter((one) => one.startsWith("fleet_engine")).join("\n")}`);
  }
  onLead?.(false);
  assert.ok((await linesOf(metrics)).has("fleet_engine_leader_start_time 0"));
});

test("store calls are counted by kind, failed calls separately, aborted calls not at all", async () => {
  const metrics = new DaemonMetrics(clock, "1.2.3");
  let away = false;
  const before = async (): Promise<void> => {
    if (away) throw new StoreUnavailableError("gone");
  };
  const store = new ObservedStore(new MemoryStore({ clock }).connect({ faults: { before } }), clock, metrics.storeCall);
  await store.txn({ onSuccess: [{ put: "a", value: "1" }] });
  await store.range({ prefix: "a", exact: true });
  await store.range({ prefix: "" });
  await store.revision();
  away = true;
  await assert.rejects(store.range({ prefix: "" }));
  await assert.rejects(store.range({ prefix: "" }, AbortSignal.abort()));
  const lines = await linesOf(metrics);
  for (const type of ["set", "get", "get_all", "revision"])
    assert.ok(lines.has(`fleet_registry_operation_count_total{type="${type}"} 1`), type);
  assert.ok(lines.has('fleet_registry_operation_failed_count_total{type="get_all"} 1'));
  assert.ok(lines.has('fleet_registry_operation_duration_second_count{ops="get_all"} 1'));
});

test("requests are counted by route when complete, and streams are shown while open", async () => {
  const metrics = new DaemonMetrics(clock, "1.2.3");
  const end = metrics.request("GET", "/fleet/v2/watch");
  assert.ok((await linesOf(metrics)).has('fleet_api_open_requests{route="/fleet/v2/watch"} 1'));
  end(200);
  const lines = await linesOf(metrics);
  assert.ok(lines.has('fleet_api_open_requests{route="/fleet/v2/watch"} 0'));
  assert.ok(lines.has('fleet_api_requests_total{method="GET",route="/fleet/v2/watch",status="200"} 1'));
});

test("the agent's counts are read at each scrape, and each renewal of a lease is counted", async () => {
  const metrics = new DaemonMetrics(clock, "1.2.3");
  assert.ok((await linesOf(metrics)).has("fleet_agent_joined 0"));
  const counts = { assigned: 3, present: 2, working: 1, failing: 0, unpublished: 4 };
  metrics.showAgent(() => ({ joined: true, counts }));
  metrics.showUnreadableKeys(() => 5);
  metrics.leaseRenewal(true);
  metrics.leaseRenewal(false);
  const lines = await linesOf(metrics);
  for (const line of [
    "fleet_agent_joined 1",
    'fleet_agent_units{state="assigned"} 3',
    "fleet_agent_unpublished_states 4",
    "fleet_registry_unreadable_keys 5",
    'fleet_store_lease_renewals_total{outcome="renewed"} 1',
    'fleet_store_lease_renewals_total{outcome="failed"} 1',
    'fleet_build_info{version="1.2.3"} 1',
  ])
    assert.ok(lines.has(line), line);
});
