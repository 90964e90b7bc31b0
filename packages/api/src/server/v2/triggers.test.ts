import assert from "node:assert/strict";
import { test } from "node:test";
import { MachineUnreachableError } from "../ports.ts";
import { fakeInspector, MACHINE_A, MACHINE_B, testApi } from "../api.fixture.ts";
import { FILE, placed, UNIT } from "./v2.fixture.ts";

const TIMER = "[Timer]\nOnCalendar=daily\n";

test("timers and sockets are read from their machines, and a silent machine hides no other", async (t) => {
  const inspector = {
    ...fakeInspector,
    timers: (machineID: string) =>
      machineID === MACHINE_A
        ? fakeInspector.timers(machineID, new AbortController().signal)
        : Promise.reject(new MachineUnreachableError("Machine b cannot be reached.")),
  };
  const api = await testApi(t, { inspector });
  for (const id of [MACHINE_A, MACHINE_B]) await api.put(`machine/${id}`, { id, primaryIP: "10.0.0.1" });
  for (const name of ["a.timer", "b.timer", "idle.timer"]) {
    const desiredState = name === "idle.timer" ? "inactive" : "launched";
    await api.call("PUT", `/fleet/v2/units/${name}`, { body: { file: TIMER, desiredState } });
  }
  for (const id of [MACHINE_A, MACHINE_B])
    await api.put(`assignment/${id}/a.timer`, { digest: "0".repeat(64), hash: "", desired: "launched" });
  const { json } = await api.call("GET", "/fleet/v2/timers");
  assert.deepEqual(json, {
    timers: [
      {
        unit: "a.timer",
        machineID: MACHINE_A,
        activates: "a.service",
        next: "1970-01-01T00:00:01.000Z",
        last: "1970-01-01T00:00:00.000Z",
      },
      { unit: "a.timer", machineID: MACHINE_B },
      { unit: "b.timer" },
    ],
    unreachable: [{ machineID: MACHINE_B, message: "Machine b cannot be reached." }],
  });
  const matching = await api.call("GET", "/fleet/v2/timers?name=b*");
  assert.deepEqual(matching.json, { timers: [{ unit: "b.timer" }], unreachable: [] });
  assert.deepEqual((await api.call("GET", "/fleet/v2/sockets")).json, { sockets: [], unreachable: [] });
});

test("properties are asked of the unit's machine, by valid names only", async (t) => {
  const api = await testApi(t);
  await placed(api, FILE, [MACHINE_A]);
  const { json } = await api.call("GET", `${UNIT}/properties?properties=Id,MainPID`);
  const properties = [{ name: "Asked", value: `Id MainPID ${UNIT.split("/").at(-1)} ${MACHINE_A}` }];
  assert.deepEqual(json, { results: [{ machineID: MACHINE_A, ok: true, message: "", properties }] });
  for (const bad of ["--user", "Id,", "Id%20", "Id%0A"])
    assert.equal((await api.call("GET", `${UNIT}/properties?properties=${bad}`)).status, 400, bad);
});
