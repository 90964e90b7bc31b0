import assert from "node:assert/strict";
import { test } from "node:test";
import type { DrainReport, UpkeepAnswer } from "../../contract/v2/operating.ts";
import { MACHINE_A, MACHINE_B, type Reply, testApi } from "../api.fixture.ts";
import { noMovePlanner } from "../operating/move-planner.ts";
import { errorIn, FILE, placed, UNIT } from "./v2.fixture.ts";

const DRAIN = `/fleet/v2/machines/${MACHINE_A}/drain`;
const CORDON = `/fleet/v2/machines/${MACHINE_A}/cordon`;

const answer = ({ status, json }: Reply): UpkeepAnswer => {
  assert.equal(status, 200);
  return json as UpkeepAnswer;
};

test("a cordon and a drain are kept apart; uncordon ends both, undrain the drain only", async (t) => {
  const api = await testApi(t);
  await placed(api);
  const first = answer(await api.call("PUT", CORDON, { body: { reason: "bad disk" } }));
  assert.deepEqual([first.cordon?.reason, first.drain, first.changed], ["bad disk", undefined, true]);
  const again = answer(await api.call("PUT", CORDON, { body: { reason: "bad disk" } }));
  assert.deepEqual([again.cordon, again.changed], [first.cordon, false]);
  const drained = answer(await api.call("PUT", DRAIN, { body: { deadlineSeconds: 600, untilSeconds: 7_200 } }));
  const { since = "", deadline = "", until = "" } = drained.drain ?? {};
  assert.equal(Date.parse(deadline) - Date.parse(since), 600_000);
  assert.equal(Date.parse(until) - Date.parse(since), 7_200_000);
  const { machines } = (await api.call("GET", "/fleet/v2/machines")).json as { machines: UpkeepAnswer[] };
  assert.deepEqual([machines[0]?.cordon, machines[0]?.drain], [drained.cordon, drained.drain]);
  const undrained = answer(await api.call("DELETE", DRAIN));
  assert.deepEqual([undrained.cordon, undrained.drain], [first.cordon, undefined]);
  await api.call("PUT", DRAIN, { body: {} });
  assert.deepEqual(answer(await api.call("DELETE", CORDON)), { machineID: MACHINE_A, changed: true });
  assert.equal(answer(await api.call("DELETE", CORDON)).changed, false);
});

test("metadata and the wishes for a machine do not disturb each other", async (t) => {
  const api = await testApi(t);
  await placed(api);
  await api.call("PUT", CORDON, { body: {} });
  const metadata = `/fleet/v2/machines/${MACHINE_A}/metadata`;
  await api.call("PATCH", metadata, { body: { set: { disk: "ssd" } } });
  await api.call("DELETE", metadata);
  const { machines } = (await api.call("GET", "/fleet/v2/machines")).json as {
    machines: (UpkeepAnswer & { metadata: object })[];
  };
  assert.ok(machines[0]?.cordon);
  assert.deepEqual(machines[0].metadata, {});
});

test("the report of a drain says what each unit does", async (t) => {
  const staying = new Map([["a.service", { why: ["it has MachineID="], waits: false }]]);
  const api = await testApi(t, { movePlanner: { ...noMovePlanner, staying: () => Promise.resolve(staying) } });
  await placed(api);
  await api.call("PUT", DRAIN, { body: {} });
  const { digest, hash } = (await api.units.get("a.service")) ?? assert.fail();
  for (const [name, fields, machine] of [
    ["b.service", { leaving: true }, MACHINE_A],
    ["b.service", {}, MACHINE_B],
    ["c.service", { stopping: true, exclusive: true }, MACHINE_A],
    ["d.service", {}, MACHINE_A],
  ] as const)
    await api.put(`assignment/${machine}/${name}`, { digest, hash, desired: "launched", ...fields });
  const { units, drain } = (await api.call("GET", DRAIN)).json as DrainReport;
  assert.ok(drain);
  assert.deepEqual(units, [
    { unit: "a.service", is: "staying", why: ["it has MachineID="] },
    { unit: "b.service", is: "moving", to: MACHINE_B, why: [] },
    { unit: "c.service", is: "stopping", why: [] },
    { unit: "d.service", is: "waiting", why: [] },
  ]);
});

test("a move names the assignment to leave, and any other write of the unit ends it", async (t) => {
  const movePlanner = {
    ...noMovePlanner,
    move: (_unit: string, to: string | undefined) =>
      Promise.resolve(to === MACHINE_B ? { to, units: ["a.service"] } : { refused: ["no other machine can take it"] }),
  };
  const api = await testApi(t, { movePlanner });
  const move = `${UNIT}/move`;
  assert.equal(errorIn(await api.call("POST", move, { body: {} })).id, "unit-not-found");
  await api.call("PUT", UNIT, { body: { file: FILE } });
  assert.equal(errorIn(await api.call("POST", move, { body: {} })).id, "not-placed");
  await placed(api);
  await api.put(`machine/${MACHINE_B}`, { id: MACHINE_B, hostname: "web2" });
  const refused = errorIn(await api.call("POST", move, { body: {} }));
  assert.deepEqual([refused.id, refused.reasons], ["move-refused", ["no other machine can take it"]]);
  const moved = await api.call("POST", move, { body: { to: "web2", reason: "a test" } });
  assert.deepEqual(moved.json, { from: MACHINE_A, to: MACHINE_B, units: ["a.service"] });
  const stored = await api.units.get("a.service");
  assert.equal(stored?.move?.to, MACHINE_B);
  assert.ok(stored.move.since > 0);
  assert.equal(stored.desired, "launched");
  await api.call("PUT", UNIT, { body: { desiredState: "loaded" } });
  assert.equal((await api.units.get("a.service"))?.move, undefined);
});

test("a rebalance requests each move, unless it is only shown", async (t) => {
  const moves = [{ units: ["a.service"], from: MACHINE_A, to: MACHINE_B, loads: [6, 1] as const }];
  const api = await testApi(t, { movePlanner: { ...noMovePlanner, rebalance: () => Promise.resolve(moves) } });
  await placed(api);
  const shown = await api.call("POST", "/fleet/v2/rebalance", { body: { dryRun: true } });
  assert.deepEqual(shown.json, { moves });
  assert.equal((await api.units.get("a.service"))?.move, undefined);
  await api.call("POST", "/fleet/v2/rebalance", { body: {} });
  assert.equal((await api.units.get("a.service"))?.move?.to, MACHINE_B);
});

test("requests with nonsense are refused", async (t) => {
  const api = await testApi(t);
  for (const [path, body, message] of [
    [DRAIN, { deadlineSeconds: -1 }, /deadlineSeconds must be at least 0/],
    [DRAIN, { untilSeconds: 1e9 }, /untilSeconds must be at most 31622400/],
    [DRAIN, { reason: "a\nb" }, /reason must not contain control characters/],
    [CORDON, { reason: "x".repeat(257) }, /reason must be at most 256/],
    [CORDON, { why: "x" }, /unknown field why/],
  ] as const)
    assert.match(errorIn(await api.call("PUT", path, { body })).message, message);
});
