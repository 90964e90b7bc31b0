import assert from "node:assert/strict";
import { test } from "node:test";
import { MACHINE_A, MACHINE_B, testApi, type TestApi } from "../api.fixture.ts";
import { errorIn, FILE, placed, UNIT } from "./v2.fixture.ts";

const RUNS = `${UNIT}/runs`;
const id = (number: number): string => String(number).padStart(32, "0");

function run(number: number, change: object = {}): object {
  const times = { startedAt: number * 1_000, endedAt: number * 1_000 + 500 };
  return { invocation: id(number), ...times, result: "success", code: "exited", status: 0, ...change };
}

async function shown(api: TestApi): Promise<readonly string[]> {
  const { json } = await api.call("GET", RUNS);
  const { runs } = json as { runs: { machineID: string; invocation: string; exitCode?: number; endedAt?: string }[] };
  return runs.map(({ machineID, invocation, exitCode, endedAt }) => {
    const end = endedAt === undefined ? "lasts" : exitCode;
    return `${Number(invocation)} ${machineID.charAt(0)} ${end}`;
  });
}

async function reported(api: TestApi, runs: readonly object[]): Promise<void> {
  const state = { hash: "h", load: "loaded", active: "inactive", sub: "dead", launched: true, runs };
  await api.put(`state/${MACHINE_A}/a.service`, state);
}

test("the runs that the leader keeps and those that a machine reports are one list, the latest first", async (t) => {
  const api = await testApi(t);
  await placed(api);
  assert.deepEqual(await shown(api), []);
  const lost = run(2, { machineID: MACHINE_A, result: "lost", code: "" });
  await api.put("runs/a.service", { runs: [run(1, { machineID: MACHINE_B }), lost] });
  await reported(api, [run(2, { result: "exit-code", status: 3 }), run(3, { endedAt: 0, result: "", code: "" })]);
  assert.deepEqual(await shown(api), ["3 a lasts", "2 a 3", "1 b 0"]);
});

test("states in lists and in a unit have no runs", async (t) => {
  const api = await testApi(t);
  await placed(api);
  await reported(api, [run(1)]);
  for (const path of [UNIT, "/fleet/v2/states", "/fleet/v2/units"])
    assert.doesNotMatch(JSON.stringify((await api.call("GET", path)).json), /invocation/, path);
});

test("a run is started on the unit's machine, and a refusal has the machine's words", async (t) => {
  const asked: string[] = [];
  const operator = {
    act: async (machineID: string, unit: string, action: object) => {
      asked.push(`${machineID.charAt(0)} ${unit} ${JSON.stringify(action)}`);
      return asked.length === 1
        ? { ok: true, message: "", invocation: id(1) }
        : { ok: false, message: "it runs already" };
    },
  };
  const api = await testApi(t, { operator });
  await api.call("PUT", UNIT, { body: { file: FILE } });
  assert.equal(errorIn(await api.call("POST", RUNS, { body: { id: "x" } })).id, "not-placed");
  await placed(api);
  const { json } = await api.call("POST", RUNS, { body: { id: "x-1" } });
  assert.deepEqual(json, { machineID: MACHINE_A, invocation: id(1) });
  assert.deepEqual(asked, ['a a.service {"kind":"run","id":"x-1"}']);
  const refused = errorIn(await api.call("POST", RUNS, { body: { id: "x-2" } }));
  assert.deepEqual([refused.id, refused.message], ["run-refused", "cannot run a.service: it runs already"]);
  assert.equal(errorIn(await api.call("POST", RUNS, { body: { id: "a b" } })).id, "bad-request");
  assert.equal(errorIn(await api.call("POST", RUNS, { body: {} })).id, "bad-request");
});

test("a unit on several machines runs on the machine that the request names", async (t) => {
  const operator = { act: async (machineID: string) => ({ ok: true, message: "", invocation: machineID }) };
  const api = await testApi(t, { operator });
  await placed(api, `${FILE}[X-Fleet]\nGlobal=true\n`, [MACHINE_A, MACHINE_B]);
  assert.equal(errorIn(await api.call("POST", RUNS, { body: { id: "1" } })).id, "ambiguous-machine");
  const { json } = await api.call("POST", RUNS, { body: { id: "1", machine: "bb" } });
  assert.equal((json as { machineID: string }).machineID, MACHINE_B);
});
