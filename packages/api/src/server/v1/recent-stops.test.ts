import assert from "node:assert/strict";
import { test } from "node:test";
import { MACHINE_A, type TestApi, testApi } from "../api.fixture.ts";

const UNIT = "/fleet/v1/units/a.service";
const OPTIONS = [{ section: "Service", name: "ExecStart", value: "/bin/sleep 1000" }];
const FLEETCTL = { "user-agent": "google-api-go-client/0.5" };

test("only fleet's fleetctl sees a unit that it stopped as launched for a second", async (t) => {
  const api = await launched(t);
  await want(api, "loaded", FLEETCTL);
  assert.equal(await seen(api, FLEETCTL), "launched");
  assert.equal(await seen(api, {}), "loaded");
  await api.clock.advance(999);
  assert.equal(await seen(api, FLEETCTL), "launched");
  await api.clock.advance(1);
  assert.equal(await seen(api, FLEETCTL), "loaded");
});

test("the time of one second begins at fleetctl's first read, even at a daemon started later", async (t) => {
  const api = await launched(t);
  await want(api, "loaded", FLEETCTL);
  await api.clock.advance(5000);
  assert.equal(await seen(api, FLEETCTL), "launched");
  await api.clock.advance(1000);
  assert.equal(await seen(api, FLEETCTL), "loaded");
  const { entries } = await api.store.range({ prefix: "unit/a.service" });
  const other = await launched(t);
  await other.clock.advance(4000);
  await other.put("unit/a.service", JSON.parse(entries[0]?.value ?? ""));
  assert.equal(await seen(other, FLEETCTL), "launched");
});

test("a stop of more than a minute ago is shown unchanged", async (t) => {
  const api = await launched(t);
  await want(api, "loaded", FLEETCTL);
  await api.clock.advance(60_000);
  assert.equal(await seen(api, FLEETCTL), "loaded");
});

test("launched right after loaded requests one restart, whether or not the machine has seen loaded", async (t) => {
  const api = await launched(t);
  await want(api, "loaded", FLEETCTL);
  await want(api, "launched", FLEETCTL);
  const first = (await api.units.get("a.service")) ?? assert.fail();
  assert.ok(first.restart > 0);
  assert.equal(first.stoppedAt, 0);
  await want(api, "loaded", {});
  await want(api, "launched", {});
  assert.equal(
    (await api.units.get("a.service"))?.restart,
    first.restart,
    "another client's two requests are no restart",
  );
});

test("after requesting launched, fleetctl sees the real state", async (t) => {
  const api = await launched(t);
  await want(api, "loaded", FLEETCTL);
  await want(api, "launched", FLEETCTL);
  assert.equal(await seen(api, FLEETCTL), "loaded");
});

test("a stop by another client is shown unchanged", async (t) => {
  const api = await launched(t);
  await want(api, "loaded", {});
  assert.equal(await seen(api, FLEETCTL), "loaded");
});

/** A unit whose desired state is launched, and which its machine has stopped. */
async function launched(t: Parameters<typeof testApi>[0]): Promise<TestApi> {
  const api = await testApi(t);
  await api.clock.advance(1);
  await api.call("PUT", UNIT, { body: { desiredState: "launched", options: OPTIONS } });
  const { digest, hash } = (await api.units.get("a.service")) ?? assert.fail();
  await api.put(`machine/${MACHINE_A}`, { id: MACHINE_A });
  await api.put(`assignment/${MACHINE_A}/a.service`, { digest, hash, desired: "launched" });
  await api.put(`state/${MACHINE_A}/a.service`, { hash, load: "loaded", active: "inactive", sub: "dead" });
  return api;
}

async function want(api: TestApi, desiredState: string, headers: Readonly<Record<string, string>>): Promise<void> {
  assert.equal((await api.call("PUT", UNIT, { body: { desiredState }, headers })).status, 204);
}

async function seen(api: TestApi, headers: Readonly<Record<string, string>>): Promise<unknown> {
  const unit = (await api.call("GET", UNIT, { headers })).json as { readonly currentState: unknown };
  return unit.currentState;
}

test("a unit that its machine cannot start counts as launched, and as loaded after a stop", async (t) => {
  const api = await launched(t);
  const { hash } = (await api.units.get("a.service")) ?? assert.fail();
  const held = { hash, load: "loaded", active: "inactive", sub: "dead", problem: "Unit b.service not found." };
  await api.put(`state/${MACHINE_A}/a.service`, held);
  assert.equal(await seen(api, FLEETCTL), "launched");
  await want(api, "loaded", {});
  assert.equal(await seen(api, FLEETCTL), "loaded");
  await api.put(`state/${MACHINE_A}/a.service`, { ...held, load: "error", hash: "" });
  assert.equal(await seen(api, {}), "loaded");
});
