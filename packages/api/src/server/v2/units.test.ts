import assert from "node:assert/strict";
import { test } from "node:test";
import { unitEntity } from "../../contract/v2/entities.ts";
import { machinesPage, unitsPage } from "../../contract/v2/requests.ts";
import { MACHINE_A, MACHINE_B, testApi } from "../api.fixture.ts";
import type { ApiContext } from "../context.ts";
import { errorIn, FILE, OTHER, placed, UNIT } from "./v2.fixture.ts";

test("a unit is submitted, changed and destroyed byte for byte, and each answer has its revision", async (t) => {
  const api = await testApi(t);
  const steps = [
    [{ file: FILE }, 201, { created: true, changed: true, differs: false, desiredState: "inactive" }],
    [
      { file: FILE, desiredState: "launched" },
      200,
      { created: false, changed: true, differs: false, desiredState: "launched" },
    ],
    [{ desiredState: "launched" }, 200, { created: false, changed: false, differs: false, desiredState: "launched" }],
    [{ file: OTHER }, 200, { created: false, changed: false, differs: true, desiredState: "launched" }],
    [{ file: OTHER, replace: true }, 200, { created: false, changed: true, differs: false, desiredState: "launched" }],
    [
      { file: `# new comment\n${OTHER}` },
      200,
      { created: false, changed: false, differs: false, desiredState: "launched" },
    ],
    [
      { file: FILE, replace: true, desiredState: "loaded" },
      200,
      { created: false, changed: true, differs: false, desiredState: "loaded" },
    ],
  ] as const;
  let revision = 0;
  for (const [body, status, expected] of steps) {
    const reply = await api.call("PUT", UNIT, { body });
    const { created, changed, differs, unit } = reply.json as {
      created: boolean;
      changed: boolean;
      differs: boolean;
      unit: { desiredState: string };
    };
    assert.equal(reply.status, status);
    assert.deepEqual({ created, changed, differs, desiredState: unit.desiredState }, expected);
    assert.ok(Number(reply.headers["fleet-revision"]) >= revision);
    revision = Number(reply.headers["fleet-revision"]);
  }
  const file = await api.call("GET", `${UNIT}/file`);
  assert.equal(file.text, FILE);
  assert.equal(file.headers["content-type"], "text/plain; charset=utf-8");
  assert.ok(Number(file.headers["fleet-revision"]) >= revision);
  assert.equal((await api.call("DELETE", UNIT)).status, 204);
  assert.equal((await api.call("GET", UNIT)).status, 404);
});

test("restart increases a number, in one write with the desired state", async (t) => {
  const api = await testApi(t);
  await api.call("PUT", UNIT, { body: { file: FILE, desiredState: "loaded" } });
  const seen: number[] = [0];
  for (const body of [{ desiredState: "launched", restart: true }, { restart: true }, { desiredState: "loaded" }]) {
    const { unit, changed } = (await api.call("PUT", UNIT, { body })).json as {
      unit: { restart: number };
      changed: boolean;
    };
    assert.equal(changed, true);
    seen.push(unit.restart);
    const shown = (await api.call("GET", UNIT)).json as { restart: number };
    assert.equal(shown.restart, unit.restart);
  }
  const [none = 0, first = 0, second = 0, last = 0] = seen;
  assert.ok(none < first && first < second && second === last, seen.join(" "));
  const refused = await api.call("PUT", UNIT, { body: { restart: true } });
  assert.equal(refused.status, 400);
  assert.match(refused.text, /cannot restart unit a\.service: its desired state is loaded; send desiredState launched/);
  await api.call("DELETE", UNIT);
  await api.call("PUT", UNIT, { body: { file: FILE, desiredState: "launched" } });
  const recreated = (await api.call("PUT", UNIT, { body: { restart: true } })).json as { unit: { restart: number } };
  assert.ok(recreated.unit.restart > second, "a destroyed unit of that name had a lower number");
});

test("an instance is made from a template in the cluster, and is independent afterwards", async (t) => {
  const api = await testApi(t);
  await api.call("PUT", "/fleet/v2/units/web@.service", { body: { file: FILE } });
  const made = await api.call("PUT", "/fleet/v2/units/web%401.service", { body: { desiredState: "launched" } });
  assert.equal(made.status, 201);
  assert.equal((await api.call("GET", "/fleet/v2/units/web@1.service/file")).text, FILE);
  await api.call("PUT", "/fleet/v2/units/web@.service", { body: { file: OTHER, replace: true } });
  const again = await api.call("PUT", "/fleet/v2/units/web@1.service", { body: { desiredState: "loaded" } });
  assert.equal(again.status, 200);
  assert.equal((await api.call("GET", "/fleet/v2/units/web@1.service/file")).text, FILE);
});

test("an unknown [X-Fleet] option is accepted with a warning", async (t) => {
  const api = await testApi(t);
  const reply = await api.call("PUT", UNIT, { body: { file: `${FILE}[X-Fleet]\nConflict=b.service\n` } });
  assert.equal(reply.status, 201);
  assert.match((reply.json as { warnings: string[] }).warnings.join(), /Conflicts=/);
});

test("a unit shows its machines and its states", async (t) => {
  const api = await testApi(t);
  await placed(api);
  const unit = unitEntity.strict().parse((await api.call("GET", UNIT)).json);
  assert.equal(unit.currentState, "launched");
  assert.equal(unit.description, "Grüße");
  assert.deepEqual(
    unit.machines.map(({ machineID, desired }) => [machineID, desired]),
    [[MACHINE_A, "launched"]],
  );
  assert.equal(unit.states[0]?.sub, "running");
  const { machines } = machinesPage.parse((await api.call("GET", "/fleet/v2/machines")).json);
  assert.equal(machines[0]?.units, 1);
  assert.equal(machines[0]?.self, true);
  const states = (await api.call("GET", `/fleet/v2/states?unitName=a.service&machineID=${MACHINE_A}`)).json as {
    states: unknown[];
  };
  assert.deepEqual(states.states, unit.states);
});

test("a global unit's current state is the lowest on its machines", async (t) => {
  const api = await testApi(t);
  await placed(api, `${FILE}[X-Fleet]\nGlobal=true\n`, [MACHINE_A, MACHINE_B]);
  const currentState = async () => ((await api.call("GET", UNIT)).json as { currentState: string }).currentState;
  assert.equal(await currentState(), "launched");
  await api.put(`state/${MACHINE_B}/a.service`, { hash: "x", load: "loaded", active: "inactive", sub: "dead" });
  assert.equal(await currentState(), "loaded");
});

test("an unplaced unit shows the reasons, and no reasons are computed for an inactive unit", async (t) => {
  const asked: string[] = [];
  const explain: ApiContext["explain"] = (names) => {
    asked.push(...names);
    return Promise.resolve(new Map(names.map((name) => [name, ["1 machine: metadata region=eu missing"]])));
  };
  const api = await testApi(t, { explain });
  await api.call("PUT", "/fleet/v2/units/idle.service", { body: { file: FILE } });
  await api.call("PUT", UNIT, { body: { file: FILE, desiredState: "launched" } });
  const { units } = unitsPage.parse((await api.call("GET", "/fleet/v2/units")).json);
  assert.deepEqual(
    units.map(({ reasons }) => reasons),
    [["1 machine: metadata region=eu missing"], undefined],
  );
  assert.deepEqual(asked, ["a.service"]);
  const status = await api.call("GET", `${UNIT}/status`);
  assert.equal(status.status, 409);
  assert.deepEqual(errorIn(status).reasons, ["1 machine: metadata region=eu missing"]);
});

test("reasons of a placed global unit are computed only with recorded losses", async (t) => {
  const asked: string[] = [];
  const explain: ApiContext["explain"] = (names) => {
    asked.push(...names);
    return Promise.resolve(new Map());
  };
  const api = await testApi(t, { explain });
  await placed(api, `${FILE}[X-Fleet]\nGlobal=true\n`, [MACHINE_A]);
  await api.call("GET", UNIT);
  await api.call("GET", "/fleet/v2/units");
  assert.deepEqual(asked, []);
  const failed = [{ machineID: MACHINE_B, since: 1, at: 1, reason: "It was lost.", lost: true }];
  await api.put("attempts/a.service", { unitRevision: 1, failed });
  await api.call("GET", UNIT);
  assert.deepEqual(asked, ["a.service"]);
});

test("lists units in pages, by limit and glob", async (t) => {
  const api = await testApi(t);
  for (const name of ["b1.service", "b2.service", "a1.service", "b3.service"])
    await api.call("PUT", `/fleet/v2/units/${name}`, { body: { file: OTHER } });
  const first = unitsPage.parse((await api.call("GET", "/fleet/v2/units?limit=2&name=b*")).json);
  assert.deepEqual(
    first.units.map(({ name }) => name),
    ["b1.service", "b2.service"],
  );
  const second = unitsPage.parse(
    (await api.call("GET", `/fleet/v2/units?limit=2&name=b*&pageToken=${first.nextPageToken}`)).json,
  );
  assert.deepEqual(
    second.units.map(({ name }) => name),
    ["b3.service"],
  );
  assert.equal(second.nextPageToken, undefined);
});

test("metadata is set, removed, and reset to the machine's configuration", async (t) => {
  const api = await testApi(t);
  await api.put(`machine/${MACHINE_A}`, { id: MACHINE_A, metadata: { own: "1" } });
  const reply = await api.call("PATCH", `/fleet/v2/machines/${MACHINE_A}/metadata`, {
    body: { set: { x: "2" }, unset: ["own"] },
  });
  assert.equal(reply.status, 204);
  assert.ok(Number(reply.headers["fleet-revision"]) > 0);
  const { machines } = machinesPage.parse((await api.call("GET", "/fleet/v2/machines")).json);
  assert.deepEqual(machines[0]?.metadata, { x: "2" });
  await api.call("PATCH", `/fleet/v2/machines/${MACHINE_A}/metadata`, {
    body: { reset: ["own", "x"], set: { y: "3" } },
  });
  const again = machinesPage.parse((await api.call("GET", "/fleet/v2/machines")).json);
  assert.deepEqual(again.machines[0]?.metadata, { own: "1", y: "3" });
  assert.equal((await api.call("DELETE", `/fleet/v2/machines/${MACHINE_A}/metadata`)).status, 204);
  const last = machinesPage.parse((await api.call("GET", "/fleet/v2/machines")).json);
  assert.deepEqual(last.machines[0]?.metadata, { own: "1" });
});

test("version names the machine and the leader", async (t) => {
  const api = await testApi(t);
  await api.put("engine/leader", { machineID: MACHINE_B });
  assert.deepEqual((await api.call("GET", "/fleet/v2/version")).json, {
    version: "1.2.3",
    machineID: MACHINE_A,
    leader: MACHINE_B,
  });
});
