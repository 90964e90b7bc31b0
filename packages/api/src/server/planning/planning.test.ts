import assert from "node:assert/strict";
import { test } from "node:test";
import type { Unit } from "@flotilla/model";
import type { PutUnitAnswer } from "../../contract/v2/requests.ts";
import type { PlanAnswer, PlanBody } from "../../contract/v2/planning.ts";
import { MACHINE_A, MACHINE_B, type TestApi, testApi } from "../api.fixture.ts";
import { placed } from "../v2/v2.fixture.ts";
import type { PlannedChange, Planner } from "./planner.ts";

const FILE = "[Service]\nExecStart=/bin/true\n";

/** The scheduler's answers are given; packages/fleetd tests the real ones. */
function plannerOf(changes: readonly PlannedChange[] = [], seen: Unit[] = []): Planner {
  return {
    weigh: () =>
      Promise.resolve({
        passing: [
          { machineID: MACHINE_A, isPlace: true, texts: ["0 units"] },
          { machineID: MACHINE_B, isPlace: false, texts: ["3 units"] },
        ],
        rejected: [{ rule: "MachineMetadata", reason: "metadata a=b is missing", fix: "set it", machines: ["gone"] }],
      }),
    plan: (units) => {
      seen.push(...units);
      return Promise.resolve(changes);
    },
  };
}

async function plan(api: TestApi, ...units: PlanBody["units"]): Promise<PlanAnswer> {
  const { status, json } = await api.call("POST", "/fleet/v2/plan", { body: { units } });
  assert.equal(status, 200, JSON.stringify(json));
  return json as PlanAnswer;
}

test("an explanation names each machine, with its host name, and the nearest fix", async (t) => {
  const explain = (units: readonly string[]) =>
    Promise.resolve(new Map(units.map((unit) => [unit, [`${unit} cannot be placed`, "the nearest fix: set a=b"]])));
  const api = await testApi(t, { planner: plannerOf(), explain });
  await placed(api);
  await api.put(`machine/${MACHINE_B}`, { id: MACHINE_B, hostname: "web2", capacity: { cpus: 1, memoryBytes: 1 } });
  const { status, json } = await api.call("GET", "/fleet/v2/units/a.service/explanation");
  assert.equal(status, 200);
  assert.deepEqual(json, {
    name: "a.service",
    desiredState: "launched",
    machines: [{ id: MACHINE_A, scores: ["0 units"] }],
    reasons: ["a.service cannot be placed", "the nearest fix: set a=b"],
    fix: "set a=b",
    able: [{ id: MACHINE_B, hostname: "web2", scores: ["3 units"] }],
    ruledOut: [
      { rule: "MachineMetadata", reason: "metadata a=b is missing", fix: "set it", machines: [{ id: "gone" }] },
    ],
  });
  assert.equal((await api.call("GET", "/fleet/v2/units/no.service/explanation")).status, 404);
});

test("a plan says what the requests would write, and writes nothing", async (t) => {
  const seen: Unit[] = [];
  const change = { unit: "b.service", kind: "place", to: MACHINE_A, reasons: ["b.service goes to a"] } as const;
  const other = { unit: "x.service", kind: "unplace", from: MACHINE_A, reasons: ["x.service leaves"] } as const;
  const api = await testApi(t, { planner: plannerOf([change, other], seen) });
  await placed(api, FILE);
  const before = await api.store.range({ prefix: "" });
  const answer = await plan(
    api,
    { name: "b.service", file: FILE },
    { name: "a.service", file: `${FILE}# other\n` },
    { name: "a.service", file: "[Service]\nExecStart=/bin/false\n", replace: true },
    { name: "c.service" },
    { name: "d.service", file: "no section\n" },
  );
  const rows = answer.units.map(({ name, action, reasons }) => [name, action, reasons.length]);
  assert.deepEqual(rows, [
    ["b.service", "create", 0],
    ["a.service", "replace", 0],
    ["c.service", "refuse", 1],
    ["d.service", "refuse", 1],
  ]);
  assert.deepEqual(answer.units[0]?.changes, [
    { kind: "place", to: { id: MACHINE_A }, reasons: ["b.service goes to a"] },
  ]);
  assert.deepEqual(
    answer.others.map(({ name }) => name),
    ["x.service"],
  );
  assert.deepEqual([answer.changed, answer.refused], [true, true]);
  assert.deepEqual(
    seen.map(({ name, desired }) => [name, desired]),
    [
      ["b.service", "launched"],
      ["a.service", "launched"],
    ],
  );
  assert.deepEqual((await api.store.range({ prefix: "" })).entries, before.entries);
});

test("a plan of what is so already has nothing to do, and tells a file that would be kept", async (t) => {
  const api = await testApi(t, { planner: plannerOf() });
  await placed(api, FILE);
  const same = await plan(api, { name: "a.service", file: FILE });
  assert.deepEqual([same.changed, same.refused, same.units[0]?.differs], [false, false, false]);
  const other = await plan(api, { name: "a.service", file: "[Service]\nExecStart=/bin/false\n" });
  assert.deepEqual([other.changed, other.units[0]?.action, other.units[0]?.differs], [false, "keep", true]);
});

test("a plan takes an instance from its template, in the request or in the cluster", async (t) => {
  const seen: Unit[] = [];
  const api = await testApi(t, { planner: plannerOf([], seen) });
  await api.call("PUT", "/fleet/v2/units/web@.service", { body: { file: FILE } });
  await plan(api, { name: "web@1.service" }, { name: "db@.service", file: FILE }, { name: "db@1.service" });
  assert.deepEqual(
    seen.map(({ name, desired }) => [name, desired]),
    [
      ["web@1.service", "launched"],
      ["db@.service", "inactive"],
      ["db@1.service", "launched"],
    ],
  );
});

test("a dry run of a request answers what would happen, and writes nothing", async (t) => {
  const change = { unit: "a.service", kind: "update", to: MACHINE_A, reasons: ["its file changed"] } as const;
  const api = await testApi(t, { planner: plannerOf([change]) });
  await placed(api, FILE);
  const before = await api.store.range({ prefix: "" });
  const body = { file: "[Service]\nExecStart=/bin/false\n", replace: true, dryRun: true };
  const { status, json } = await api.call("PUT", "/fleet/v2/units/a.service", { body });
  const { created, changed, plan: planned, unit } = json as PutUnitAnswer;
  assert.deepEqual([status, created, changed, planned?.changed, planned?.refused], [200, false, true, true, false]);
  assert.equal(planned?.units[0]?.action, "replace");
  assert.equal(unit.desiredState, "launched");
  const unknown = await api.call("PUT", "/fleet/v2/units/no.service", { body: { dryRun: true } });
  assert.deepEqual([unknown.status, (unknown.json as PutUnitAnswer).plan?.refused], [200, true]);
  const restart = { desiredState: "launched", restart: true, dryRun: true };
  assert.equal((await api.call("PUT", "/fleet/v2/units/a.service", { body: restart })).status, 400);
  assert.deepEqual((await api.store.range({ prefix: "" })).entries, before.entries);
});
