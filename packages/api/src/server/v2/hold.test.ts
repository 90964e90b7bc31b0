import assert from "node:assert/strict";
import { test } from "node:test";
import { MACHINE_A, MACHINE_B, testApi } from "../api.fixture.ts";
import { placed } from "./v2.fixture.ts";

const hold = { since: 1_700_000_000_000, machines: [MACHINE_B], of: 2 };
const shown = { since: "2023-11-14T22:13:20.000Z", machines: [MACHINE_B], of: 2 };

test("a hold is shown with its machines, and can be released", async (t) => {
  const api = await testApi(t);
  await placed(api);
  assert.equal("hold" in (await machines(api)), false);
  await api.put(`roll/${MACHINE_B}`, { is: "missing", held: true });
  await api.put("engine/roll", { hold: { since: hold.since, of: hold.of } });
  assert.deepEqual((await machines(api)).hold, shown);
  assert.deepEqual((await api.call("POST", "/fleet/v2/hold/release")).json, { released: true });
  const [release] = (await api.store.range({ prefix: "hold/release", exact: true })).entries;
  assert.deepEqual(JSON.parse(release?.value ?? ""), { since: hold.since });
});

test("without a hold, a release writes nothing", async (t) => {
  const api = await testApi(t);
  assert.deepEqual((await api.call("POST", "/fleet/v2/hold/release")).json, { released: false });
  assert.equal((await api.store.range({ prefix: "hold/" })).count, 0);
});

test("a unit whose only machine is away shows the reason", async (t) => {
  const api = await testApi(t, {
    explain: (units) => Promise.resolve(new Map(units.map((unit) => [unit, [`${unit} stays where it is`]]))),
  });
  await placed(api);
  const reasons = async () =>
    ((await api.call("GET", "/fleet/v2/units/a.service")).json as { reasons?: string[] }).reasons;
  assert.equal(await reasons(), undefined);
  await api.store.txn({ onSuccess: [{ delete: `machine/${MACHINE_A}` }] });
  assert.deepEqual(await reasons(), ["a.service stays where it is"]);
});

async function machines(api: Awaited<ReturnType<typeof testApi>>): Promise<{ hold?: unknown }> {
  return (await api.call("GET", "/fleet/v2/machines")).json as { hold?: unknown };
}
